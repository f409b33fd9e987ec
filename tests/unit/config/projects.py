"""Writes config files for tests and tells what loading them found."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from taskrunner.config.loader import load
from taskrunner.config.model import Container, Project, Task
from taskrunner.errors import ConfigError, Problem

__all__ = [
    "container_problems",
    "load_container",
    "load_task",
    "load_text",
    "problems",
    "task_problems",
    "write",
]


def write(folder: Path, text: str, name: str = "taskrunner.yml") -> str:
    """Write a config file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return str(path)


def load_text(folder: Path, text: str) -> Project:
    """Load a project from a text, which must be right."""
    return load(write(folder, text))


def problems(folder: Path, text: str) -> list[Problem]:
    """Return what is wrong with a text."""
    path = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    return list(caught.value.problems)


def _with_container(fields: str) -> str:
    return "project_name: test\ncontainers:\n  app:\n" + indent(dedent(fields), "    ")


def _with_task(fields: str) -> str:
    containers = "containers: {app: {image: app:1}, db: {image: db:1}, cache: {image: cache:1}}"
    tasks = "other: {run: {container: app}}"
    return f"project_name: test\n{containers}\ntasks:\n  {tasks}\n  go:\n" + indent(dedent(fields), "    ")


def load_container(folder: Path, fields: str) -> Container:
    """Load a project whose container `app` has the fields, which start on line 4, column 5."""
    return load_text(folder, _with_container(fields)).containers["app"]


def container_problems(folder: Path, fields: str) -> list[Problem]:
    """Return what is wrong with the fields of a container."""
    return problems(folder, _with_container(fields))


def load_task(folder: Path, fields: str) -> Task:
    """Load a project whose task `go` has the fields; there are containers app, db and cache."""
    return load_text(folder, _with_task(fields)).tasks["go"]


def task_problems(folder: Path, fields: str) -> list[Problem]:
    """Return what is wrong with the fields of the task `go`, which start on line 6, column 5."""
    return problems(folder, _with_task(fields))
