"""The tasks of a project as a person, a script or a program reads them.

The first two forms are batect's; the JSON form is documented in docs/reference/list-json.md.
"""

import re
from collections.abc import Iterable

from taskrunner.config.model import Project, Task
from taskrunner.output.text import one_line, several_lines

__all__ = ["as_json", "human", "machine"]


def human(project: Project) -> str:
    """Return the tasks by group, groups by name and tasks without one last; no final newline."""
    groups: dict[str, list[Task]] = {}
    for task in _by_name(project.tasks.values()):
        groups.setdefault(task.group, []).append(task)
    if not groups:
        return "This project has no tasks."
    blocks = [_block(f"{one_line(group)}:", groups[group]) for group in sorted(filter(None, groups))]
    if "" in groups:
        blocks.append(_block("Ungrouped tasks:" if blocks else "Available tasks:", groups[""]))
    return "\n\n".join(blocks)


def machine(project: Project) -> str:
    """Return a line for each task: its name and, behind a tab, its description, if it has one.

    Tabs and line breaks of a description become spaces.
    """
    return "\n".join(
        "\t".join(
            filter(None, (one_line(task.name), one_line(re.sub(r"\s+", " ", task.description).strip())))
        )
        for task in _by_name(project.tasks.values())
    )


def as_json(project: Project) -> str:
    """Return the tasks as one JSON document; no final newline."""
    import json

    tasks = [_as_object(task) for task in _by_name(project.tasks.values())]
    return json.dumps({"project": project.name, "tasks": tasks}, indent=2)


def _by_name(tasks: Iterable[Task]) -> list[Task]:
    return sorted(tasks, key=lambda task: task.name)


def _block(heading: str, tasks: Iterable[Task]) -> str:
    return "\n".join([heading, *(_entry(task) for task in tasks)])


def _entry(task: Task) -> str:
    description = several_lines(task.description).strip()
    name = one_line(task.name)
    return f"- {name}: {description}" if description else f"- {name}"


def _as_object(task: Task) -> dict[str, object]:
    return {
        "name": task.name,
        "description": task.description,
        "group": task.group,
        "prerequisites": [reference.name for reference in task.prerequisites],
        "dependencies": [reference.name for reference in task.dependencies],
        "container": task.run.container.name if task.run else None,
    }
