"""A home and a folder for temporary files on disks of their own, which can be filled and made read-only.

Only programs that are started through `inside` see those disks: they are mounted in a namespace.
"""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["OwnFolders"]

_MOUNT = "mount -t tmpfs -o size=2m tmpfs"
_HOLD = f'{_MOUNT} "$1"; {_MOUNT} "$2"; touch "$3"; exec sleep 100000'
_INSIDE = 'cd "$1" && shift && exec "$@"'


class OwnFolders:
    """Mounts the disks, and keeps them until it is closed."""

    def __init__(self, *folders: Path, ready: Path) -> None:
        self._folders = folders
        command = ("unshare", "--mount", "--propagation", "private", "sh", "-ec", _HOLD, "sh")
        self._holder = subprocess.Popen(
            [*command, *map(str, folders), str(ready)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        for _ in range(600):
            if ready.exists():
                return
            assert self._holder.poll() is None, "the disks could not be mounted"
            time.sleep(0.05)
        raise AssertionError("mounting took too long")

    def inside(self, folder: Path) -> Sequence[str]:
        """Return the words before a command that have it run in a folder, with these disks."""
        return (*self._enter, "sh", "-c", _INSIDE, "sh", str(folder))

    def read_only(self) -> None:
        """Let nothing be written any more."""
        for folder in self._folders:
            self._run("mount", "-o", "remount,ro", str(folder))

    def full(self) -> None:
        """Let there be no room for a byte, nor for another file."""
        for folder in self._folders:
            self._run("sh", "-c", f"dd if=/dev/zero of={folder}/filler bs=4k 2>/dev/null || true")

    def mend(self) -> None:
        """Make good what was done."""
        for folder in self._folders:
            self._run("mount", "-o", "remount,rw", str(folder))
            self._run("rm", "-f", f"{folder}/filler")

    def left(self) -> list[str]:
        """Return the names of the temporary files."""
        return self._run("ls", "-A", str(self._folders[-1])).split()

    def close(self) -> None:
        """Let go of the disks, and of what is on them."""
        self._holder.kill()
        self._holder.wait(10)

    @property
    def _enter(self) -> Sequence[str]:
        return ("/usr/bin/nsenter", "--target", str(self._holder.pid), "--mount")

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [*self._enter, *command], check=True, timeout=60, capture_output=True, text=True
        )
        return done.stdout
