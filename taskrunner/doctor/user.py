"""Who runs the program, as far as files in mounts are concerned."""

import os
import pwd
from collections.abc import Iterator

from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject
from taskrunner.host.user import current_user

__all__ = ["check"]


def check(subject: Subject) -> Iterator[Finding]:
    """Look at the account, and at how the engine sees it."""
    user = current_user()
    yield Finding("user.account", "ok", f"You are {user.name} ({user.uid}:{user.gid}).")
    try:
        pwd.getpwuid(user.uid)
    except KeyError:
        yield Finding(
            "user.nameless",
            "note",
            f"The user id {user.uid} has no account on this machine.",
            "Containers with `run_as_current_user` get a made-up name for it.",
        )
    home = subject.environment.get("HOME") or os.path.expanduser("~")
    if not os.access(home, os.W_OK):
        yield Finding(
            "user.home-not-writable",
            "warning",
            f"The home folder {home} cannot be written to.",
            "Set TASKRUNNER_HOME to a folder that can: crash reports are kept there.",
        )
    yield from _rootless(subject)


def _rootless(subject: Subject) -> Iterator[Finding]:
    engine, project = subject.engine, subject.project
    if engine is None or project is None or not engine.is_rootless:
        return
    names = [c.name for c in project.containers.values() if c.run_as_current_user is not None]
    if names:
        yield Finding(
            "user.rootless-mapping",
            "warning",
            "The engine runs rootless: its root is you, and every other user of a container is somebody "
            f"else on this machine. With `run_as_current_user`, {', '.join(names)} may not be able to write "
            "to mounts.",
            "On rootless engines, leave `run_as_current_user` out: files that root writes are yours.",
        )
