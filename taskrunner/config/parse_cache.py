"""Keeps what config files said, so that files which did not change need not be read again.

Reading YAML and checking it takes most of the time of a short command. A kept project is used only where
every file that it came from is as it was, to the nanosecond, and where the same release reads it.
Whatever is wrong with a kept file makes it one that is not there: the config is read, as without it.

A kept file holds plain values in Python's own marshal format, which cannot name code. It lies in the
person's own state folder, and one that another user owns or could have written is not opened.
"""

import marshal
import os
import sys
import time
import zlib
from collections.abc import Callable
from typing import Any, Final

from taskrunner._version import VERSION
from taskrunner.config import model
from taskrunner.config.model import Project
from taskrunner.errors import Position
from taskrunner.host.state import read_own

__all__ = ["find", "keep"]

_AGE: Final = 2.0
"""Seconds that a file must have been left alone: a coarse clock may hide a change that follows at once."""
_MOST: Final = 200
"""Kept projects; beyond that the ones that were not written for longest go."""

_CLASSES: Final[tuple[type[Any], ...]] = (
    Position,
    *(
        each
        for each in vars(model).values()
        if isinstance(each, type) and issubclass(each, tuple) and each.__module__ == model.__name__
    ),
)
"""The classes of a project's values; in a kept file each is its number."""
_MAKERS: Final = tuple(each._make for each in _CLASSES)


def find(path: str, folder: str) -> Project | None:
    """Return the project of a root file, if it is kept in a folder and still true; None otherwise."""
    try:
        kept = marshal.loads(_read(_place(path, folder)))  # noqa: S302 - of the person's own making, see above
        release, file, stamps, encoded = kept
        if release != _release() or file != os.path.abspath(path):
            return None
        if any(_stamp(each) != stamp for each, stamp in stamps.items()):
            return None
        project = _decoded(encoded)
        for bundle in project.bundles:
            os.utime(bundle)
    except Exception:  # noqa: BLE001 - the boundary to a file that anything may have happened to
        return None
    return project if isinstance(project, Project) else None


def keep(project: Project, folder: Callable[[], str]) -> None:
    """Keep a project, if all of its files were left alone for a while; never fails.

    `folder` returns where, and makes that folder if need be.
    """
    try:
        stamps = {each: _stamp(each) for each in (*project.files, *project.looked_at)}
        newest = max(max(stamp[:2]) for stamp in stamps.values())
        if newest > (time.time() - _AGE) * 1e9:
            return
        content: Any = (_release(), project.file, stamps, _encoded(project))
        data = marshal.dumps(content)
        _write(_place(project.file, folder()), data)
    except (OSError, ValueError):
        return


def _release() -> tuple[object, ...]:
    """Return what tells whether the same code would read the files now."""
    code = os.path.dirname(__file__)
    with os.scandir(code) as entries:
        times = [entry.stat().st_mtime_ns for entry in entries if entry.name.endswith(".py")]
    return (
        VERSION,
        sys.hexversion,
        tuple(each._fields for each in _CLASSES),
        len(times),
        max(times, default=0),
    )


def _stamp(path: str) -> tuple[int, ...]:
    """Return what changes with a file's content: times first, in nanoseconds."""
    found = os.stat(path)
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev


def _place(path: str, folder: str) -> str:
    # Two paths may share a number: the path itself is in the file.
    return os.path.join(folder, f"{zlib.crc32(os.path.abspath(path).encode(errors='surrogateescape')):08x}")


def _read(place: str) -> bytes:
    data = read_own(place)
    if zlib.crc32(data[4:]) != int.from_bytes(data[:4], "big"):
        raise ValueError(place)
    return data[4:]


def _write(place: str, data: bytes) -> None:
    new = f"{place}.{os.getpid()}"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(zlib.crc32(data).to_bytes(4, "big") + data)
        os.replace(new, place)
    except OSError:
        os.unlink(new)
        raise
    _drop_old(os.path.dirname(place))


def _drop_old(folder: str) -> None:
    with os.scandir(folder) as entries:
        found = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    for _, path in found[:-_MOST]:
        os.unlink(path)


def _encoded(value: object) -> object:
    """Return a value with each tuple of a class as a list that starts with the number of the class."""
    if isinstance(value, tuple):
        items = [_encoded(each) for each in value]
        return tuple(items) if type(value) is tuple else [_CLASSES.index(type(value)), *items]
    if isinstance(value, dict):
        return {name: _encoded(each) for name, each in value.items()}
    return value


def _decoded(value: Any) -> Any:
    kind = type(value)
    if kind is list:
        return _MAKERS[value[0]]([_decoded(each) for each in value[1:]])
    if kind is tuple:
        return tuple([_decoded(each) for each in value])
    if kind is dict:
        return {name: _decoded(each) for name, each in value.items()}
    return value
