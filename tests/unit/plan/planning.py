"""Plans for tests, made from config files as a run makes them."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from taskrunner.config.loader import load
from taskrunner.config.variables import values
from taskrunner.errors import ConfigError, Problem
from taskrunner.plan.make import PlanOptions, make_plan
from taskrunner.plan.model import PlannedContainer, RunPlan

__all__ = ["main_container", "plan", "problems"]


def plan(
    folder: Path,
    text: str,
    task: str = "go",
    *,
    environment: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    **options: Any,
) -> RunPlan:
    """Return the plan of a task of a config, in a host's environment that has only what is given."""
    path = folder / "taskrunner.yml"
    path.write_text("project_name: shop\n" + dedent(text), encoding="utf-8")
    project = load(str(path))
    known = values(project, variables or {}, None)
    return make_plan(project, PlanOptions(task, **options), environment or {}, known)


def problems(folder: Path, text: str, **options: Any) -> list[Problem]:
    """Return what keeps a task from being planned."""
    with pytest.raises(ConfigError) as caught:
        plan(folder, text, **options)
    return list(caught.value.problems)


def main_container(made: RunPlan) -> PlannedContainer:
    """Return the main container of a plan's last task."""
    last = made.tasks[-1]
    assert last.main is not None
    return last.containers[last.main]
