"""The record of a run under way: it outlives a run that is killed.

A live run holds a lock on its record. The kernel releases that lock with the process, however it ends,
so a record without a lock belongs to nobody, and a later run may close it.
"""

import errno
import os
import time
from typing import Final

from telemetry import files, layout, lock

__all__ = ["Running", "begin", "sweep"]

_MINUTE: Final = 60.0


class Running:
    """The record of this run, locked as long as this process lives or until it is finished."""

    def __init__(self, folder: str, name: str, descriptor: int) -> None:
        self._path = os.path.join(folder, layout.RUNNING, name)
        self._final = os.path.join(folder, layout.SPOOL, name)
        self._descriptor = descriptor

    def update(self, data: bytes) -> bool:
        """Replace the record; return whether it lies on the disk. Never raises OSError."""
        # A record that is gone was taken away on purpose: the person has switched telemetry off.
        if not os.path.lexists(self._path):
            return False
        try:
            descriptor = _write_locked(self._path, data)
        except OSError:
            return False
        os.close(self._descriptor)
        self._descriptor = descriptor
        return True

    def finish(self, data: bytes) -> bool:
        """Turn the record into a session that waits for its upload; return whether it does.

        The final bytes replace the record before it moves, so there is never a moment with two of them,
        nor one in which a kill would lose both.
        """
        written = self.update(data)
        if written:
            try:
                os.rename(self._path, self._final)
            except OSError:
                written = False
        self.discard()
        return written

    def discard(self) -> None:
        """Delete the record, and the lock with it."""
        files.remove(self._path)
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def begin(folder: str, name: str, data: bytes) -> Running:
    """Write the first record of a run under its lock. Raises OSError."""
    files.make_folder(folder, layout.RUNNING)
    files.make_folder(folder, layout.SPOOL)
    descriptor = _write_locked(os.path.join(folder, layout.RUNNING, name), data)
    return Running(folder, name, descriptor)


def sweep(folder: str) -> int:
    """Close the records of runs that ended without doing so; return how many sessions that made."""
    try:
        names = os.listdir(os.path.join(folder, layout.RUNNING))
    except OSError:
        return 0
    return sum(_close_abandoned(folder, name) for name in names)


def _write_locked(path: str, data: bytes) -> int:
    """Write a file that is locked before it has its name; return its descriptor.

    Raises OSError, also where the file system knows no locks: a record without one would be closed at
    once by the next run.
    """
    temporary, descriptor = files.temporary_beside(path)
    try:
        _lock(descriptor, path)
        files.write_to(descriptor, data)
        os.replace(temporary, path)
    except OSError:
        files.remove(temporary)
        os.close(descriptor)
        raise
    return descriptor


def _lock(descriptor: int, path: str) -> None:
    if not lock.try_lock(descriptor):
        raise OSError(errno.ENOLCK, "no locks here", path)


def _close_abandoned(folder: str, name: str) -> bool:
    path = os.path.join(folder, layout.RUNNING, name)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        if layout.parse_file_name(name):
            return lock.try_lock(descriptor) and _move(folder, name, descriptor)
        # A hidden file is a record being written. A young one must not even be locked for an instant
        # here, or the live run that has just created it could not lock it itself.
        if name.startswith(".") and _age(descriptor) > _MINUTE and lock.try_lock(descriptor):
            files.remove(path)
    except OSError:
        return False  # another run closed it first
    else:
        return False
    finally:
        os.close(descriptor)


def _move(folder: str, name: str, descriptor: int) -> bool:
    path = os.path.join(folder, layout.RUNNING, name)
    # The run may have replaced or finished its record since it was opened here.
    if not os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False)):
        return False
    os.rename(path, os.path.join(folder, layout.SPOOL, name))
    return True


def _age(descriptor: int) -> float:
    return time.time() - os.fstat(descriptor).st_mtime
