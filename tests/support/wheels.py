"""This checkout as a wheel and as a source distribution, built once for all processes of the tests."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

__all__ = ["Built", "build"]

ROOT = Path(__file__).parents[2]


class Built(NamedTuple):
    """What was built."""

    wheel: Path
    source: Path


def build(folder: Path) -> Built:
    """Build both into a folder that the processes of one test run share, or return what is there."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not list(folder.glob("*.tar.gz")):
            subprocess.run(
                [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
                cwd=ROOT,
                env={**os.environ, "HATCH_BUILD_CLEAN": "false"},
                check=True,
                capture_output=True,
                timeout=120,
            )
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(wheel, source)
