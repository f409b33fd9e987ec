"""The folder that taskrunner keeps for a person: `~/.taskrunner`, or where `TASKRUNNER_HOME` points."""

import os
from collections.abc import Mapping

__all__ = ["ensure_folder", "home"]

_README = """\
This folder belongs to taskrunner.

bundles/    files of git repositories that projects include; safe to delete, fetched again when needed
crashes/    reports of faults in taskrunner itself, one file each; safe to delete
parsed/     what config files said when they were last read, so that reading them is quick; safe to delete
projects/   what was built and run in each project, so that it need not be done again; safe to delete
telemetry/  your answer about telemetry, and sessions on their way; has a README of its own
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
    os.makedirs(folder, mode=0o700, exist_ok=True)
    readme = os.path.join(root, "README")
    if not os.path.exists(readme):
        with open(readme, "w", encoding="utf-8") as file:
            file.write(_README)
    return folder
