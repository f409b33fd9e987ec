"""The first config of a folder."""

import os
import re
import shlex
from typing import Final, NamedTuple

from taskrunner.config.scalars import IMAGE_NAME, TASK_NAME
from taskrunner.errors import Problem
from taskrunner.starter import compose, makefiles
from taskrunner.starter.languages import HOME, Language, language_of
from taskrunner.starter.text import Container, Task, config, quoted

__all__ = ["Beginning", "make"]

_ANY_IMAGE: Final = "busybox:1.36"
_MAKE_IMAGE: Final = "buildpack-deps:bookworm"
_HEAD: Final = """\
Tasks of this project: `taskrunner list` shows them, `taskrunner run TASK` runs one.
`taskrunner schema` prints a JSON Schema, with which editors complete this file."""


class Beginning(NamedTuple):
    """A first config, and what to tell about it."""

    text: str
    sources: tuple[str, ...]
    """What it was made from, by file name; empty for nothing."""
    task: str
    """The name of a task to try first."""
    left_out: tuple[Problem, ...]
    """What could not be taken over, and why."""


def make(folder: str) -> Beginning:
    """Return the first config of a folder. Raises UserError for a Compose file that cannot be read."""
    language = language_of(folder)
    containers: list[Container] = []
    tasks: list[Task] = []
    sources: list[str] = []
    left_out: tuple[Problem, ...] = ()
    path = compose.find(folder)
    if path is not None:
        found = compose.services(path)
        left_out = found.problems
        sources.append(os.path.basename(path))
        containers += [_service(os.path.basename(path), name) for name in found.usable]
        tasks += [_run(name) for name in found.usable]
    makefile = makefiles.find(folder)
    if makefile is not None:
        sources.append(os.path.basename(makefile))
    if makefile is not None or language is not None or not containers:
        name = _free_name({container.name for container in containers})
        containers.append(_tools(name, language, needs_make=makefile is not None))
        if language is not None:
            sources.append(language.file)
        taken = {task.name for task in tasks}
        tasks += _commands(name, language, makefile, taken)
    text = config(_HEAD, _project_name(folder), containers, tasks)
    return Beginning(text, tuple(sources), tasks[0].name, left_out)


def _project_name(folder: str) -> str | None:
    """Return a name for the project where the folder's own cannot be one."""
    name = os.path.basename(folder).lower()
    if re.fullmatch(IMAGE_NAME, name):
        return None
    return re.sub("[^a-z0-9]+", "-", name).strip("-") or "project"


def _service(file: str, name: str) -> Container:
    return Container(name, (f"from: {quoted(f'{file}#{name}')}",))


def _run(name: str) -> Task:
    return Task(name, name, None, f"Run {name} and what it depends on.", "Services")


def _tools(name: str, language: Language | None, *, needs_make: bool) -> Container:
    image = language.image if language else _MAKE_IMAGE if needs_make else _ANY_IMAGE
    lines = [
        f"image: {quoted(image)}",
        "working_directory: /code",
        "volumes:",
        "  - local: .",
        "    container: /code",
    ]
    if language is not None:
        lines += ["  - type: cache", "    name: downloads", f"    container: {language.cache}"]
    if language is not None and language.variable:
        lines += ["environment:", f"  {language.variable}: {language.cache}"]
    lines += ["run_as_current_user:", "  enabled: true", f"  home_directory: {HOME}"]
    return Container(name, tuple(lines))


def _commands(name: str, language: Language | None, makefile: str | None, taken: set[str]) -> list[Task]:
    tasks: list[Task] = []
    if makefile is not None:
        for target in makefiles.targets(makefile):
            command = f"make {shlex.quote(target.name)}"
            tasks.append(Task(target.name, name, command, target.description, "make"))
    elif language is not None:
        tasks.append(Task("test", name, language.test, "Run the tests."))
    else:
        tasks.append(Task("hello", name, "echo It works.", "See whether it works."))
    tasks.append(Task("shell", name, "sh", "Look around in the container."))
    return [task for task in tasks if task.name not in taken and re.fullmatch(TASK_NAME, task.name)]


def _free_name(taken: set[str]) -> str:
    return next(name for name in ("tools", "build-env", "taskrunner-tools", "t") if name not in taken)
