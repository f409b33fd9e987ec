"""Serves a folder through FUSE, slowly.

    python -m tests.support.slow_disk_server FOLDER MOUNTPOINT SECONDS LOG

Every request to the file system takes so many seconds, and is written to the log with the thread that
made it. What the kernel learned of a path it remembers for three seconds, as network file systems do.
"""

import json
import os
import sys
import time
from collections.abc import Callable

import mfusepy

_STATUS = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_mtime", "st_ctime", "st_atime")


class Folder(mfusepy.Operations):
    """Does with a folder what the kernel asks for."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def getattr(self, path: str, fh: int | None = None) -> dict[str, object]:
        """Say what is known of a file."""
        about = os.lstat(self._folder + path)
        return {name: getattr(about, name) for name in _STATUS}

    def readdir(self, path: str, fh: int) -> list[str]:
        """List a folder."""
        return [".", "..", *os.listdir(self._folder + path)]

    def open(self, path: str, flags: int) -> int:
        """Open a file."""
        return os.open(self._folder + path, flags)

    def create(self, path: str, mode: int, fi: object = None) -> int:
        """Make a file, and open it."""
        return os.open(self._folder + path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """Read from an open file."""
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        """Write to an open file."""
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        """Change a file's length."""
        os.truncate(self._folder + path, length)

    def release(self, path: str, fh: int) -> None:
        """Close a file."""
        os.close(fh)

    def mkdir(self, path: str, mode: int) -> None:
        """Make a folder."""
        os.mkdir(self._folder + path, mode)

    def chmod(self, path: str, mode: int) -> None:
        """Change who may do what."""
        os.chmod(self._folder + path, mode)

    def unlink(self, path: str) -> None:
        """Delete a file."""
        os.unlink(self._folder + path)

    def rmdir(self, path: str) -> None:
        """Delete a folder."""
        os.rmdir(self._folder + path)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name."""
        os.rename(self._folder + old, self._folder + new)


def slowed(name: str, do: Callable[..., object], seconds: float, log: str) -> Callable[..., object]:
    """Return what does the same, later, and writes it down."""

    def later(itself: object, *arguments: object) -> object:
        thread = mfusepy.fuse_get_context()[2]
        with open(log, "a", encoding="utf-8") as file:
            print(json.dumps([thread, name, str(arguments[0])]), file=file)
        time.sleep(seconds)
        return do(itself, *arguments)

    return later


def main(folder: str, mountpoint: str, seconds: float, log: str) -> None:
    """Serve a folder until it is unmounted."""
    for name, do in list(vars(Folder).items()):
        if not name.startswith("_"):
            setattr(Folder, name, slowed(name, do, seconds, log))
    known = {"attr_timeout": 3, "entry_timeout": 3, "negative_timeout": 0}
    mfusepy.FUSE(Folder(folder), mountpoint, foreground=True, nothreads=False, **known)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4])
