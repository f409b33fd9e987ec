"""Locks between processes that end with the process that holds them, however it ends."""

import fcntl
import os
import time
from types import TracebackType
from typing import Final, Self

__all__ = ["Held", "is_held", "take", "try_lock"]

_PAUSE: Final = 0.02


class Held:
    """A lock that this process holds until it is released; also a context manager."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back. The file stays: deleting it would let two processes hold two files."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def take(path: str, patience: float = 0.0) -> Held | None:
    """Lock a file, creating it, and return the lock; None where another process holds it.

    Waits at most `patience` seconds. A file system without locks gives None as well. Raises OSError where
    the file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    deadline = time.monotonic() + patience
    while not try_lock(descriptor):
        if time.monotonic() >= deadline:
            os.close(descriptor)
            return None
        time.sleep(_PAUSE)
    return Held(descriptor)


def is_held(path: str) -> bool:
    """Return whether some process holds this lock now; a file that cannot be opened is held by nobody."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Lock an open file without waiting; return whether that succeeded."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
