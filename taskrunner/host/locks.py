"""Locks that end with the process that holds them, however it ends.

A lock is the kernel's (flock(2)), not a file's existence: nothing is left behind that somebody would
have to remove by hand.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator

__all__ = ["locked"]


@contextlib.contextmanager
def locked(
    path: str, *, shared: bool = False, wait: bool = True, on_wait: Callable[[], None] | None = None
) -> Iterator[bool]:
    """Hold the lock of a file, creating the file; yield whether it is held.

    Without `wait`, it is not where somebody else holds it. `on_wait` is called before the wait for
    somebody else. On a disk that cannot be written, a missing file counts as a lock that is held.
    Raises OSError where the file cannot be opened for another reason.
    """
    descriptor = _open(path)
    if descriptor is None:
        yield True
        return
    try:
        while _acquire(descriptor, shared=shared, wait=wait, on_wait=on_wait):
            if _is_there(path, descriptor):
                yield True
                return
            # Whoever held it removed the file: what is locked now, nobody else looks at.
            os.close(descriptor)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        yield False
    finally:
        os.close(descriptor)


def _open(path: str) -> int | None:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            if os.path.isdir(os.path.dirname(path)):
                return None
            raise


def _acquire(descriptor: int, *, shared: bool, wait: bool, on_wait: Callable[[], None] | None) -> bool:
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        if not wait:
            return False
        if on_wait is not None:
            on_wait()
        fcntl.flock(descriptor, kind)
    return True


def _is_there(path: str, descriptor: int) -> bool:
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    mine = os.fstat(descriptor)
    return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)
