"""Small private files: written whole or not at all, and read with suspicion."""

import errno
import os
import stat

__all__ = ["make_folder", "read", "remove", "temporary_beside", "write", "write_to"]


def make_folder(path: str, *names: str) -> str:
    """Create a folder, and one in it for each name, that the owner alone can enter; return the last.

    Raises OSError.
    """
    os.makedirs(path, mode=0o700, exist_ok=True)
    return make_folder(os.path.join(path, names[0]), *names[1:]) if names else path


def write(path: str, data: bytes) -> None:
    """Write a file that appears under its name only when it is whole. Raises OSError.

    The disk is not waited for: a sync costs more than all the rest of a session, and a file that a power
    cut tore is recognised when it is read.
    """
    temporary, descriptor = temporary_beside(path)
    try:
        write_to(descriptor, data)
        os.replace(temporary, path)
    except OSError:
        remove(temporary)
        raise
    finally:
        os.close(descriptor)


def temporary_beside(path: str) -> tuple[str, int]:
    """Create an empty hidden file next to a path; return its name and a descriptor. Raises OSError."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{os.urandom(4).hex()}.{name}")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return temporary, os.open(temporary, flags, 0o600)


def write_to(descriptor: int, data: bytes) -> None:
    """Write all of the data; a nearly full disk may take it in pieces. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read(path: str, limit: int) -> bytes:
    """Return at most `limit` bytes of a regular file.

    Never follows a symbolic link and never waits for a pipe. Raises OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(descriptor)


def remove(path: str) -> bool:
    """Delete a file; return whether this call did it."""
    try:
        os.unlink(path)
    except OSError:
        return False
    return True
