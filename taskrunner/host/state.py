"""The folder that taskrunner keeps for a person: `~/.taskrunner`, or where `TASKRUNNER_HOME` points."""

import contextlib
import errno
import os
import stat
from collections.abc import Mapping

from taskrunner.host.files import regular

__all__ = ["check_own", "ensure_folder", "home", "private", "read_own"]

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

    Raises OSError where the disk or its permissions forbid it, or where somebody else made one ahead of us.
    """
    root = home(environment)
    folder = os.path.join(root, name)
    # One after the other: folders that are made on the way to another get the person's usual mode.
    os.makedirs(root, mode=0o700, exist_ok=True)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    check_own(folder)
    readme = os.path.join(root, "README")
    if not os.path.lexists(readme):
        with (
            contextlib.suppress(FileExistsError),
            open(readme, "x", encoding="utf-8", opener=private) as file,
        ):
            file.write(_README)
    return folder


def check_own(folder: str) -> None:
    """Raise PermissionError for a folder in which somebody else may have put what lies there.

    `TASKRUNNER_HOME` may point to a place where others may write, and what we make there is ours alone.
    """
    found = os.stat(folder)
    if found.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, "it belongs to another user", folder)
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(errno.EPERM, "other users may write to it", folder)


def read_own(path: str) -> bytes:
    """Return what a file holds that nobody but us can have written. Raises OSError for any other."""
    with open(path, "rb", opener=lambda path, flags: regular(path, flags | os.O_NOFOLLOW)) as file:
        found = os.fstat(file.fileno())
        if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(errno.EPERM, "it is no file of one's own", path)
        return file.read()


def private(path: str, flags: int) -> int:
    """Open a file that only its owner may read: the `opener` of `open`."""
    return os.open(path, flags, 0o600)
