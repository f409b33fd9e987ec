"""Suggestions for misspelt names."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from taskrunner.errors import UserError

if TYPE_CHECKING:
    from taskrunner.config.model import Project

__all__ = ["did_you_mean", "key_meant", "near", "unknown_task"]

_LONGEST: Final = 100
"""Characters of a name that is compared: the comparison's cost grows with the square."""

_MOST: Final = 500
"""Names that are compared, for the same reason."""


_ELSEWHERE: Final = {
    "aliases": "additional_hostnames",
    "args": "build_args",
    "build": "build_directory",
    "cap_add": "capabilities_to_add",
    "cap_drop": "capabilities_to_drop",
    "cmd": "command",
    "context": "build_directory",
    "cpu": "cpus",
    "depends_on": "dependencies",
    "deps": "prerequisites",
    "desc": "description",
    "env": "environment",
    "extra_hosts": "additional_hosts",
    "generates": "outputs",
    "hostname": "additional_hostnames",
    "init": "enable_init_process",
    "logging": "log_driver",
    "memory": "mem_limit",
    "mounts": "volumes",
    "needs": "prerequisites",
    "secrets": "build_secrets",
    "sources": "inputs",
    "ssh": "build_ssh",
    "target": "build_target",
    "tmpfs": "volumes",
    "user": "run_as_current_user",
    "workdir": "working_directory",
    "working_dir": "working_directory",
}
"""What other tools' files call the same: Compose, Dockerfiles, Make-like runners."""


def key_meant(name: str, keys: Iterable[str]) -> str | None:
    """Return a hint at the key that may be meant by one that is not known, or None."""
    there = frozenset(keys)
    meant = _ELSEWHERE.get(name.lower().replace("-", "_"))
    return f"Did you mean '{meant}'?" if meant in there else did_you_mean(name, sorted(there))


def near(name: str, names: Iterable[str]) -> list[str]:
    """Return up to three of the names that are most like the given one, the likeliest first."""
    from difflib import get_close_matches

    if len(name) > _LONGEST:
        return []
    folded: dict[str, str] = {}
    for candidate in names:
        if candidate != name and len(candidate) <= _LONGEST:
            folded.setdefault(candidate.lower(), candidate)
        if len(folded) == _MOST:
            break
    return [folded[match] for match in get_close_matches(name.lower(), folded, n=3, cutoff=0.6)]


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """Return a hint such as "Did you mean 'build' or 'rebuild'?", or None where nothing is near."""
    found = [f"'{match}'" for match in near(name, names)]
    if not found:
        return None
    *most, last = found
    return f"Did you mean {', '.join(most)} or {last}?" if most else f"Did you mean {last}?"


def unknown_task(project: "Project", name: str, *, after: str | None = None) -> UserError:
    """Return the error for a task that the config does not define.

    `after` is the task that is named before it, to whose command the word may have been meant to go.
    """
    hint = did_you_mean(name, project.tasks) or "Run `taskrunner list` to see the tasks that there are."
    if after is not None:
        hint += f" To hand '{name}' to the command of '{after}', write `taskrunner run {after} -- {name}`."
    return UserError("config.unknown-task", f"There is no task '{name}' in {project.file}.", hint)
