"""A disk that takes its time, such as a home folder on a network: a folder, mounted again through FUSE."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["slow_disk"]

ROOT = Path(__file__).parents[2]
_LONGEST = 20.0


@contextlib.contextmanager
def slow_disk(folder: Path, mountpoint: Path, seconds: float, log: Path) -> Iterator[None]:
    """Mount a folder so that each request takes so long; unmount it at the end."""
    command = [
        sys.executable,
        "-m",
        "tests.support.slow_disk_server",
        str(folder),
        str(mountpoint),
        str(seconds),
    ]
    command.append(str(log))
    server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    try:
        _wait_until_mounted(server, mountpoint)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(mountpoint)], check=False, timeout=60)
        server.terminate()
        server.communicate(timeout=60)


def _wait_until_mounted(server: "subprocess.Popen[bytes]", mountpoint: Path) -> None:
    deadline = time.monotonic() + _LONGEST
    while not os.path.ismount(mountpoint):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            raise RuntimeError(f"nothing is mounted: {server.communicate()[1].decode()}")
        time.sleep(0.02)
