"""The versions of Python that are installed."""

import glob
import os
import re
import shutil
import subprocess
import sys

__all__ = ["interpreters"]

NEWEST = 20


def interpreters() -> list[str]:
    """Return one program for each version of Python from 3.11 on that is installed."""
    names = [f"python3.{minor}" for minor in range(11, NEWEST)]
    found = [path for name in names if (path := shutil.which(name))]
    found += glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3"))
    versions: dict[str, str] = {}
    for path in [sys.executable, *found]:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        version = re.fullmatch(r"Python (3\.(\d+))\..*\n", done.stdout)
        if done.returncode == 0 and version and int(version[2]) >= 11:
            versions.setdefault(version[1], path)
    return sorted(versions.values())
