"""Files whose paths somebody else chose: a project, a person, Docker. Opening one never waits."""

import errno
import os
import stat

__all__ = ["at_once", "read_start", "regular"]


def read_start(path: str, limit: int) -> bytes:
    """Return at most so many bytes of a regular file. Raises OSError for anything else."""
    with open(path, "rb", opener=regular) as file:
        return file.read(limit)


def regular(path: str, flags: int) -> int:
    """Open a regular file, or a link to one: an opener for `open`. Raises OSError for anything else.

    A pipe would keep us waiting, and a device might never end.
    """
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError(errno.EINVAL, "not a regular file", path)


def at_once(path: str, flags: int, mode: int = 0o666) -> int:
    """Open whatever it is for writing: an opener for `open`. Raises OSError for a pipe that nobody reads."""
    descriptor = os.open(path, flags | os.O_NONBLOCK, mode)
    os.set_blocking(descriptor, True)
    return descriptor
