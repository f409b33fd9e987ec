"""The versions of Python that are installed."""

import glob
import os
import shutil
import subprocess
import sys

__all__ = ["interpreters"]

OLDEST = 11
NEWEST = 20


def interpreters() -> list[str]:
    """Return one program for each version of Python from 3.11 on that is installed."""
    names = [f"python3.{minor}" for minor in range(OLDEST, NEWEST)]
    found = [path for name in names if (path := shutil.which(name))]
    found += glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3"))
    ask = "import sys; print('{}.{}'.format(*sys.version_info), sys.executable)"
    versions: dict[str, str] = {}
    for path in [sys.executable, *found]:
        # Its own word for where it is: what is on the PATH may be a script that starts one or another.
        done = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
        version, _, program = done.stdout.strip().partition(" ")
        if done.returncode == 0 and int(version.partition(".")[2]) >= OLDEST:
            versions.setdefault(version, program)
    return sorted(versions.values())
