"""A config as text, made of a few kinds of parts."""

import json
import re
from typing import Final, NamedTuple

__all__ = ["Container", "Task", "config", "quoted"]

# A colon or a number sign means something in YAML only next to a blank.
_PLAIN: Final = re.compile(r"[A-Za-z_./][A-Za-z0-9_./ -]*[A-Za-z0-9_./]|[A-Za-z_./][\w./:#@-]*\w|[A-Za-z_]")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


class Container(NamedTuple):
    """A container: its name, and lines below it."""

    name: str
    lines: tuple[str, ...]


class Task(NamedTuple):
    """A task that runs a command in a container; None for the container's own command."""

    name: str
    container: str
    command: str | None = None
    description: str = ""
    group: str = ""


def quoted(text: str) -> str:
    """Return text as a YAML scalar, in quotes where it needs them."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def config(head: str, project_name: str | None, containers: list[Container], tasks: list[Task]) -> str:
    """Return the text of a config file; `head` is a comment's text.

    Without a `project_name`, the folder's name is the project's.
    """
    lines = [f"# {line}" for line in head.splitlines()]
    lines += ["", f"project_name: {quoted(project_name)}"] if project_name else []
    lines += ["", "containers:"]
    for container in containers:
        lines += [f"  {quoted(container.name)}:", *(f"    {line}" for line in container.lines), ""]
    lines.append("tasks:")
    for task in tasks:
        lines += [*_task(task), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _task(task: Task) -> list[str]:
    lines = [f"  {quoted(task.name)}:"]
    if task.description:
        lines.append(f"    description: {quoted(task.description)}")
    if task.group:
        lines.append(f"    group: {quoted(task.group)}")
    lines += ["    run:", f"      container: {quoted(task.container)}"]
    if task.command is not None:
        lines.append(f"      command: {quoted(task.command)}")
    return lines
