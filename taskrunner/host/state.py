"""The folder that taskrunner keeps for a person: `~/.taskrunner`, or where `TASKRUNNER_HOME` points."""

import os
from collections.abc import Mapping

__all__ = ["ensure_folder", "home", "private"]

_README = """\
This folder belongs to taskrunner.

bundles/    files of git repositories that projects include; safe to delete, fetched again when needed
crashes/    reports of faults in taskrunner itself, one file each; safe to delete
parsed/     what config files said when they were last read, so that reading them is quick; safe to delete
projects/   what was built and run in each project, so that it need not be done again; safe to delete
telemetry/  your answer about telemetry, and sessions on their way; has a README of its own
versions/   releases that the wrapper scripts of projects installed; safe to delete
"""


def home(environment: Mapping[str, str]) -> str:
    """Return the state folder's absolute path, which need not exist."""
    return os.path.abspath(environment.get("TASKRUNNER_HOME") or os.path.expanduser("~/.taskrunner"))


def ensure_folder(environment: Mapping[str, str], name: str) -> str:
    """Create a subfolder of the state folder, readable by its owner alone, and return its path.

    Raises OSError where the disk or its permissions forbid it.
    """
    root = home(environment)
    folder = os.path.join(root, name)
    # One after the other: folders that are made on the way to another get the person's usual mode.
    os.makedirs(root, mode=0o700, exist_ok=True)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    readme = os.path.join(root, "README")
    if not os.path.exists(readme):
        with open(readme, "w", encoding="utf-8", opener=private) as file:
            file.write(_README)
    return folder


def private(path: str, flags: int) -> int:
    """Open a file that only its owner may read: the `opener` of `open`."""
    return os.open(path, flags, 0o600)
