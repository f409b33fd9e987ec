"""Lists of tasks."""

import json

import pytest

from taskrunner.config.model import Project, Reference, Task, TaskRun
from taskrunner.errors import Position
from taskrunner.output import task_list

HERE = Position("/p/taskrunner.yml", 1, 1)


def task(name: str, description: str = "", group: str = "") -> Task:
    """Return a task that runs the container `app` with a dependency and a prerequisite."""
    run = TaskRun(Reference("app", HERE), None, None, {}, (), None)
    others = (Reference("database", HERE),), (Reference("build:*", HERE),)
    return Task(name, HERE, run, description, group, *others, {})


def project(*tasks: Task) -> Project:
    """Return a project with these tasks."""
    by_name = {one.name: one for one in tasks}
    return Project("shop", HERE.file, "/p", (HERE.file,), {}, by_name, {}, forbid_telemetry=False)


GROUPED = project(
    task("zebra", "Stripes."),
    task("unit", "Run the unit tests.", "Test tasks"),
    task("apply", "", "Deployment"),
    task("lint", "", "Test tasks"),
)


def test_human_with_groups() -> None:
    """Groups and their tasks are sorted by name; tasks without a group come last."""
    assert task_list.human(GROUPED) == (
        "Deployment:\n- apply\n\n"
        "Test tasks:\n- lint\n- unit: Run the unit tests.\n\n"
        "Ungrouped tasks:\n- zebra: Stripes."
    )


def test_human_without_groups() -> None:
    """Where no task has a group, there is one heading."""
    assert task_list.human(project(task("b"), task("a", "First."))) == "Available tasks:\n- a: First.\n- b"


def test_human_without_ungrouped_tasks() -> None:
    """There is no heading without tasks below it."""
    assert task_list.human(project(task("a", "", "G"))) == "G:\n- a"


def test_human_with_lines_and_escapes() -> None:
    """A description keeps its lines and loses its power over the terminal."""
    listed = task_list.human(project(task("a", "One.\nTwo.\x1b[2J\n", "G\x07")))
    assert listed == "G\\x07:\n- a: One.\nTwo.\\x1b[2J"


def test_a_project_without_tasks() -> None:
    """An empty list is said in words to a person, and is empty for programs."""
    assert task_list.human(project()) == "This project has no tasks."
    assert task_list.machine(project()) == ""
    assert json.loads(task_list.as_json(project())) == {"project": "shop", "tasks": []}


@pytest.mark.parametrize(
    ("description", "expected"),
    [("", "a"), ("Says hello.", "a\tSays hello."), ("One.\n\tTwo.\n", "a\tOne. Two.")],
)
def test_machine(description: str, expected: str) -> None:
    """Each task takes one line, whatever its description."""
    assert task_list.machine(project(task("a", description))) == expected


def test_machine_sorts_by_name() -> None:
    """Scripts see tasks by name, without groups."""
    lines = task_list.machine(GROUPED).splitlines()
    assert lines == ["apply", "lint", "unit\tRun the unit tests.", "zebra\tStripes."]


def test_json() -> None:
    """Programs get every task with what it runs and needs."""
    alone = Task("all", HERE, None, "", "", (), (Reference("unit", HERE),), {})
    listed = json.loads(task_list.as_json(project(task("unit", "Tests.", "G"), alone)))
    assert listed == {
        "project": "shop",
        "tasks": [
            {
                "name": "all",
                "description": "",
                "group": "",
                "prerequisites": ["unit"],
                "dependencies": [],
                "container": None,
            },
            {
                "name": "unit",
                "description": "Tests.",
                "group": "G",
                "prerequisites": ["build:*"],
                "dependencies": ["database"],
                "container": "app",
            },
        ],
    }
