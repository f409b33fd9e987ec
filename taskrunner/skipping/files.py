"""Digests of files: of their contents, and of what the disk says about them, which is much cheaper.

Two equal digests of contents mean equal files. Two equal digests of states mean that nothing was written
in between, because a write changes a file's ctime, which no program can set. The exception: the ctime
moves in ticks of some milliseconds, so a file that was written just before the first look may be
written again within the tick. Such a look is no basis for anything; git calls it racy.
"""

import os
import stat
import time
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from taskrunner.skipping.digests import new_digest

__all__ = ["States", "content_digest", "contents", "digest_of", "states"]

_BLOCK: Final = 1 << 18
# Longer than any kernel's tick, and than the whole seconds of some network disks.
_TICK: Final = 2_000_000_000
_KINDS: Final = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


class States(NamedTuple):
    """What the disk says about files."""

    digest: str
    settled: bool
    """Whether the newest change is old enough for the digest to be compared with a later one."""


def states(files: Iterable[tuple[str, str]]) -> States:
    """Return a digest of names, kinds, modes, sizes, times and inodes.

    `files` are names, which count, and the paths where they are. What does not exist counts as missing.
    """
    digest, now, newest = new_digest(), time.time_ns(), 0
    for name, path in files:
        try:
            found = os.lstat(path)
        except OSError:
            digest.update(f"{name}\0missing\0".encode(errors="surrogateescape"))
            continue
        if stat.S_ISDIR(found.st_mode):
            # A folder's own times change with what is in it, which is listed by itself where it counts.
            text = f"{name}\0{found.st_mode:o}\0"
        else:
            newest = max(newest, found.st_ctime_ns)
            text = (
                f"{name}\0{found.st_mode:o} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} "
                f"{found.st_ino} {found.st_dev}\0"
            )
        digest.update(text.encode(errors="surrogateescape"))
    return States(digest.hexdigest(), newest < now - _TICK)


def content_digest(files: Iterable[tuple[str, str]]) -> str:
    """Return a digest of names, kinds, permissions and contents; links count by what they say.

    Raises OSError where a file cannot be read.
    """
    return digest_of(contents(files))


def contents(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a digest of kind, permissions and content for each name. Raises OSError."""
    return {name: _content(path) for name, path in files}


def digest_of(contents: Mapping[str, str]) -> str:
    """Return one digest for what `contents` returned."""
    digest = new_digest()
    for name, text in contents.items():
        digest.update(f"{name}\0{text}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _content(path: str) -> str:
    try:
        mode = os.lstat(path).st_mode
        kind = _KINDS.get(stat.S_IFMT(mode), "other")
        digest = new_digest(f"{kind} {stat.S_IMODE(mode):o}\0".encode())
        if kind == "link":
            digest.update(os.fsencode(os.readlink(path)))
        elif kind == "file":
            with open(path, "rb", buffering=0) as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
    except FileNotFoundError:
        return "missing"
    return digest.hexdigest()
