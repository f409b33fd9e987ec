"""Prunes exported files: sessions that have expired are taken out of them, wherever they were put."""

import contextlib
import gzip
import os
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from telemetry.collector import transfer
from telemetry.collector.errors import CollectorError

__all__ = ["Pruned", "prune"]

_LONGEST = 256 * 1024


class Pruned(NamedTuple):
    """What was done to some files."""

    files: int
    """Deleted, since nothing was left in them."""
    sessions: int
    """Taken out of all files."""


def prune(folder: str, now: int) -> Pruned:
    """Take what has expired out of each export in a folder and below it; `now` is in milliseconds since 1970.

    Files that are no exports are left alone. A file is rewritten as a whole, so that a crash leaves either
    the old one or the new one. Raises CollectorError.
    """
    files = sessions = 0
    try:
        for path in [*_files(folder)]:
            taken, left = _prune(path, now)
            sessions += taken
            files += taken > 0 and left == 0
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "it is no gzip"
        raise CollectorError(
            "expire.exports", f"The exports in {folder} cannot be pruned: {reason}."
        ) from error
    return Pruned(files, sessions)


def _files(folder: str) -> Iterator[str]:
    if not os.path.isdir(folder):
        raise NotADirectoryError(20, "it is no folder")
    for where, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(where, name)
            if os.path.isfile(path) and not os.path.islink(path) and _is_export(path):
                yield path


def _is_export(path: str) -> bool:
    with _reading(path) as file:
        return transfer.read_head(file.readline(_LONGEST)) is not None


def _prune(path: str, now: int) -> tuple[int, int]:
    """Prune one file; return how many sessions were taken out and how many are left."""
    taken = left = 0
    earliest = 0
    with _reading(path) as file:
        file.readline(_LONGEST)
        for line in iter(lambda: file.readline(_LONGEST), b""):
            expires = _expires(line)
            taken += expires <= now
            left += expires > now
            if expires > now:
                earliest = min(earliest or expires, expires)
    if taken and left:
        _rewrite(path, now, earliest)
    elif not left:
        _overwrite(path)
        os.unlink(path)
    return taken, left


def _rewrite(path: str, now: int, earliest: int) -> None:
    part = f"{path}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with contextlib.ExitStack() as stack:
        old = stack.enter_context(_reading(path))
        new: Any = stack.enter_context(open(descriptor, "wb"))
        if path.endswith(".gz"):
            new = stack.enter_context(gzip.open(new, "wb", 6))
        old.readline(_LONGEST)
        new.write(transfer.head(earliest))
        for line in iter(lambda: old.readline(_LONGEST), b""):
            if _expires(line) > now:
                new.write(line)
    _overwrite(path)
    os.replace(part, path)


def _expires(line: bytes) -> int:
    """Return when a line expires; one that cannot be read has expired."""
    found = transfer.read_line(line)
    return 0 if found is None else found[1]


def _overwrite(path: str) -> None:
    """Write zeros over a file: most file systems keep the blocks of a deleted one until they need them."""
    with open(path, "r+b") as file:
        left = os.path.getsize(path)
        while left > 0:
            left -= file.write(bytes(min(left, 1 << 20)))
        file.flush()
        os.fsync(file.fileno())


def _reading(path: str) -> BinaryIO:
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else open(path, "rb")  # type: ignore[return-value]
