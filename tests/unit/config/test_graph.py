"""The order of containers and tasks, and what keeps them from having one."""

from pathlib import Path

import pytest

from taskrunner.config.graph import Call, containers_of, task_order, walk
from taskrunner.config.model import Project
from taskrunner.errors import UserError
from tests.unit.config.projects import load_text, problems

CONTAINERS = """\
project_name: x
containers:
  app: {image: a, dependencies: [left, right]}
  left: {image: a, dependencies: [base]}
  right: {image: a, dependencies: [base]}
  base: {image: a}
  extra: {image: a, dependencies: [base]}
"""


def test_containers_of_a_task(tmp_path: Path) -> None:
    """Dependencies come first, the task's before the container's own, each once; the main one is last."""
    text = CONTAINERS + "tasks: {t: {run: {container: app}, dependencies: [extra, right]}}"
    project = load_text(tmp_path, text)

    assert containers_of(project, project.tasks["t"]) == ("base", "extra", "right", "left", "app")


def test_containers_of_a_task_without_run(tmp_path: Path) -> None:
    """A task that only has prerequisites runs no containers."""
    text = CONTAINERS + "tasks: {t: {prerequisites: [u]}, u: {run: {container: base}}}"
    project = load_text(tmp_path, text)

    assert containers_of(project, project.tasks["t"]) == ()
    assert containers_of(project, project.tasks["u"]) == ("base",)


def names(project: Project, *tasks: str) -> list[str]:
    """Return the names of the tasks that a run takes."""
    return [call.task for call in task_order(project, tasks)]


def test_arguments_make_another_call(tmp_path: Path) -> None:
    """A task is run once for the same arguments, and again for others, wildcards included."""
    project = load_text(
        tmp_path,
        """\
        project_name: shop
        containers: {app: {image: app}}
        tasks:
          build: {run: {container: app, command: build}}
          check:a: {run: {container: app, command: a}}
          one: {prerequisites: [build, {task: build, arguments: [--fast]}, {task: "check:*", arguments: [x]}]}
          two: {prerequisites: [{task: build, arguments: ["--fast"]}, one, "check:*"]}
        """,
    )

    order = task_order(project, ["two"])

    assert [(call.task, *(word.source for word in call.arguments)) for call in order] == [
        ("build", "--fast"),
        ("build",),
        ("check:a", "x"),
        ("one",),
        ("check:a",),
        ("two",),
    ]


def test_task_order(tmp_path: Path) -> None:
    """Prerequisites run in the order declared, wildcards in alphabetical order, each task once."""
    text = """\
    project_name: x
    containers: {a: {image: a}}
    tasks:
      go: {prerequisites: [last, "check:*", first]}
      check:b: {run: {container: a}}
      check:a: {run: {container: a}, prerequisites: [first]}
      first: {run: {container: a}}
      last: {run: {container: a}, prerequisites: ["none*"]}
    """
    project = load_text(tmp_path, text)

    assert [call.task for call in task_order(project, ["go"])] == [
        "last",
        "first",
        "check:a",
        "check:b",
        "go",
    ]
    assert [call.task for call in task_order(project, ["check:a"])] == ["first", "check:a"]
    assert task_order(project, ["go"], skip_prerequisites=True) == (Call("go"),)


def test_an_unknown_task(tmp_path: Path) -> None:
    """The error suggests what is near, else how to see all tasks."""
    project = load_text(tmp_path, CONTAINERS + "tasks: {build: {run: {container: app}}}")

    with pytest.raises(UserError) as near:
        task_order(project, ["biuld"])
    with pytest.raises(UserError) as far:
        task_order(project, ["xyz"], skip_prerequisites=True)

    assert (near.value.reference, near.value.hint) == ("config.unknown-task", "Did you mean 'build'?")
    assert far.value.hint == "Run `taskrunner list` to see the tasks that there are."


def test_walk_finds_rings() -> None:
    """Each ring is told from the first name that the walk met of it."""
    needs = {"a": ["b", "a"], "b": ["c"], "c": ["b", "d"], "d": []}

    found = walk(needs, lambda name: needs[name])

    assert found.order == ("d", "c", "b", "a")
    assert found.cycles == (("b", "c"), ("a",))


def test_walk_of_a_long_chain() -> None:
    """Depth costs no recursion: a chain of 100,000 is walked."""
    length = 100_000

    found = walk(["0"], lambda name: [str(int(name) + 1)] if int(name) < length else [])

    assert len(found.order) == length + 1
    assert not found.cycles


@pytest.mark.parametrize(
    ("tail", "line", "column", "message"),
    [
        (
            "  x: {image: a, dependencies: [y]}\n  y: {image: a, dependencies: [base, x]}\n",
            9,
            38,
            "These containers need each other: 'y' depends on 'x', which depends on 'y'.",
        ),
        ("  x: {image: a, dependencies: [x]}\n", 8, 32, "The container 'x' depends on itself."),
        (
            "tasks: {t: {run: {container: base}, dependencies: [left]}}\n",
            8,
            52,
            (
                "The task 't' makes containers depend on each other: "
                "'base' depends on 'left', which depends on 'base'."
            ),
        ),
        (
            "tasks: {t: {prerequisites: [u]}, u: {prerequisites: [v]}, v: {prerequisites: [u]}}\n",
            8,
            79,
            "These tasks need each other: 'v' needs 'u', which needs 'v'.",
        ),
        (
            "tasks: {'a:b': {prerequisites: ['a:*']}}\n",
            8,
            33,
            "The task 'a:b' needs itself (through 'a:*').",
        ),
    ],
)
def test_cycles(tmp_path: Path, tail: str, line: int, column: int, message: str) -> None:
    """A ring of dependencies is told in full, at the dependency that closes it."""
    [problem] = problems(tmp_path, CONTAINERS + tail)

    assert problem.reference == "config.dependency-cycle"
    assert problem.message == message
    assert problem.where is not None
    assert problem.where[1:3] == (line, column)
