"""The files of a build, sent to the engine as a tar stream while they are read."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, cast

from taskrunner.engine.ignore_patterns import IgnorePattern
from taskrunner.errors import EngineError
from taskrunner.host.files import regular

if TYPE_CHECKING:
    import tarfile

__all__ = ["context_names", "read_ignore_file", "send_context"]

_BLOCK = 1 << 16
_WILDCARDS = frozenset("*?[")


def send_context(directory: str, dockerfile: str, write: Callable[[bytes], None]) -> None:
    """Write a tar archive of a build directory, piece by piece.

    Leaves out what `.dockerignore` says, or `<dockerfile>.dockerignore` in its place, though never the
    Dockerfile and `.dockerignore` themselves. Everything belongs to root; modes and symbolic links are
    kept. Sockets, pipes and devices are left out, and files that vanish meanwhile too. Raises
    EngineError for a file that cannot be read, and what `write` raises.
    """
    import tarfile

    try:
        patterns = read_ignore_file(directory, dockerfile)
    except OSError as error:
        raise EngineError(
            "engine.build-context",
            f"The build directory {directory} has an ignore file that cannot be read: {error.strerror}.",
            "Make its .dockerignore a file that you may read, or remove it.",
        ) from error
    # A stream is only ever written to, whatever else its annotation asks for.
    sink = cast("IO[bytes]", _Sink(write))
    with tarfile.open(mode="w|", fileobj=sink, bufsize=_BLOCK) as archive:
        for name in context_names(directory, dockerfile, patterns):
            try:
                _add(archive, os.path.join(directory, name), name)
            except FileNotFoundError:
                continue
            except PermissionError as error:
                raise EngineError(
                    "engine.build-context",
                    f"The build directory {directory} has a file that cannot be read: {name}.",
                    "Mend its permissions, or leave it out by .dockerignore.",
                ) from error


def read_ignore_file(directory: str, dockerfile: str) -> list[str]:
    """Return the patterns of the ignore file that holds for a Dockerfile, as they stand there."""
    for name in (f"{dockerfile}.dockerignore", ".dockerignore"):
        try:
            path = os.path.join(directory, name)
            with open(path, encoding="utf-8-sig", errors="surrogateescape", opener=regular) as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            continue
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return []


def context_names(directory: str, dockerfile: str, patterns: Sequence[str]) -> Iterator[str]:
    """Yield what belongs to a build, folders before what is in them, relative to its directory."""
    if not patterns:
        return _walk(directory, "", [], ())
    compiled = [IgnorePattern(_tidy(text)) for text in (*patterns, f"!{dockerfile}", "!.dockerignore")]
    compiled = [pattern for pattern in compiled if pattern.text]
    return _walk(directory, "", compiled, (False,) * len(compiled))


def _walk(
    directory: str, below: str, patterns: Sequence[IgnorePattern], hits_above: tuple[bool, ...]
) -> Iterator[str]:
    try:
        with os.scandir(os.path.join(directory, below)) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        name = f"{below}/{entry.name}" if below else entry.name
        # A pattern that took a folder takes what is in it: each pattern by itself, and the last decides.
        hits = tuple(
            above or pattern.match(name) for above, pattern in zip(hits_above, patterns, strict=True)
        )
        ignored = _is_ignored(patterns, hits)
        if not ignored:
            yield name
        if entry.is_dir(follow_symlinks=False) and not (ignored and _is_closed(name, patterns)):
            yield from _walk(directory, name, patterns, hits)


def _is_ignored(patterns: Sequence[IgnorePattern], hits: tuple[bool, ...]) -> bool:
    ignored = False
    for pattern, hit in zip(patterns, hits, strict=True):
        if hit:
            ignored = not pattern.exclusion
    return ignored


def _is_closed(folder: str, patterns: Sequence[IgnorePattern]) -> bool:
    """Return whether no exception can apply to anything in an ignored folder."""
    exceptions = [pattern.text for pattern in patterns if pattern.exclusion]
    return not any(
        f"{pattern}/".startswith(f"{folder}/") or _WILDCARDS & set(pattern) for pattern in exceptions
    )


def _tidy(pattern: str) -> str:
    # Docker's own client also takes a space behind the exclamation mark.
    return f"!{pattern[1:].strip()}" if pattern.startswith("!") else pattern


def _add(archive: "tarfile.TarFile", path: str, name: str) -> None:
    mode = os.lstat(path).st_mode
    if stat.S_ISREG(mode):
        with open(path, "rb") as file:
            # By the open file, so that size and contents belong together.
            info = _owned_by_root(archive.gettarinfo(arcname=name, fileobj=file))
            archive.addfile(info, _Padded(file) if info.isreg() else None)
    elif stat.S_ISDIR(mode) or stat.S_ISLNK(mode):
        archive.addfile(_owned_by_root(archive.gettarinfo(path, arcname=name)))


def _owned_by_root(info: "tarfile.TarInfo") -> "tarfile.TarInfo":
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    # Fractions of a second would cost each file another kilobyte.
    info.mtime = int(info.mtime)
    return info


class _Padded:
    """A file that never ends early: one that shrinks while it is read would break the archive."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = 0, /) -> bytes:
        return self._file.read(size).ljust(size, b"\0")


class _Sink:
    """What a tar archive is written to."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write

    def close(self) -> None:
        """Do nothing: the receiver knows when it is over."""
