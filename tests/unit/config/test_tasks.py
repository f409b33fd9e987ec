"""The fields of a task, and every rule about them."""

from pathlib import Path

import pytest

from tests.unit.config.projects import load_task, load_text, problems, task_problems


def test_all_fields(tmp_path: Path) -> None:
    """Every field of a task arrives."""
    task = load_task(
        tmp_path,
        """\
        description: Does it
        group: Work
        run:
          container: app
          command: a 'b c'
          entrypoint: sh
          environment: {A: $B}
          ports: [80:80]
          working_directory: /x
        dependencies: [db]
        prerequisites: [other, "nothing:*"]
        customise:
          db: {environment: {C: d}, ports: [81:81], working_directory: /y}
        """,
    )

    assert (task.name, task.description, task.group) == ("go", "Does it", "Work")
    run = task.run
    assert run is not None
    assert run.container.name == "app"
    assert run.container.where[1:] == (9, 18, 3)
    assert run.command is not None
    assert run.command.words == ("a", "b c")
    assert run.entrypoint is not None
    assert run.entrypoint.words == ("sh",)
    assert run.environment["A"].source == "$B"
    assert run.ports[0].local.first == 80
    assert run.working_directory == "/x"
    assert [reference.name for reference in task.dependencies] == ["db"]
    assert [reference.name for reference in task.prerequisites] == ["other", "nothing:*"]
    changed = task.customise["db"]
    assert (changed.container.name, changed.working_directory) == ("db", "/y")
    assert changed.environment["C"].source == "d"
    assert changed.ports[0].container.last == 81


def test_nulls_that_mean_not_given(tmp_path: Path) -> None:
    """Command, entrypoint and working directory of a run may be null, as in batect."""
    task = load_task(tmp_path, "run: {container: app, command: ~, entrypoint: null, working_directory: }")

    assert task.run is not None
    assert (task.run.command, task.run.entrypoint, task.run.working_directory) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("{}", ["config.task-without-work"]),
        ("prerequisites: []", ["config.task-without-work"]),
        ("prerequisites: other", ["config.expected-list"]),
        ("prerequisites: [other, other]", ["config.duplicate-item"]),
        ("prerequisites: [othre]", ["config.unknown-task"]),
        ("prerequisites: [go]", ["config.dependency-cycle"]),
        ("prerequisites: ['g*']", ["config.dependency-cycle"]),
        ("prerequisites: [other]\ndependencies: [db]", ["config.key-not-permitted"]),
        ("run: app", ["config.expected-map"]),
        ("run: {}", ["config.missing-key"]),
        ("run: {container: ~}", ["config.no-value"]),
        ("run: {container: ap}", ["config.unknown-container"]),
        ("run: {container: app, ports: ~}", ["config.no-value"]),
        ("run: {container: app, image: x}", ["config.unknown-key"]),
        ("run: {container: app}\ndependencies: [dbb]", ["config.unknown-container"]),
        ("run: {container: app}\ndependencies: [db, db]", ["config.duplicate-item"]),
        ("run: {container: app}\ndependencies: [app]", ["config.main-container-as-dependency"]),
        ("run: {container: app}\ndependencies: [db, app]", ["config.main-container-as-dependency"]),
        ("run: {container: app}\ncustomise: {app: {}}", ["config.customised-main-container"]),
        ("run: {container: app}\ncustomise: {db: {}}", ["config.customised-unused-container"]),
        ("run: {container: app}\ncustomise: {x: {}}", ["config.unknown-container"]),
        ("run: {container: app}\ndependencies: [db]\ncustomise: {db: {command: x}}", ["config.unknown-key"]),
        ("run: {container: app}\ndependencies: [db]\ncustomise: [db]", ["config.expected-map"]),
        ("run: {container: app}\ndescription: [a]", ["config.expected-text"]),
        ("run: {container: app}\ngroup: ~", ["config.no-value"]),
    ],
)
def test_rules(tmp_path: Path, fields: str, expected: list[str]) -> None:
    """Each rule has its problem, and one mistake makes one problem."""
    assert [problem.reference for problem in task_problems(tmp_path, fields)] == expected


@pytest.mark.parametrize("name", ["-a", "a-", ":a", "a:", "a b", "a*", ""])
def test_bad_names(tmp_path: Path, name: str) -> None:
    """A task's name starts and ends with a letter or digit, and has no star."""
    text = f"project_name: x\ncontainers: {{a: {{image: a}}}}\ntasks: {{'{name}': {{run: {{container: a}}}}}}"

    [problem] = problems(tmp_path, text)

    assert problem.reference == "config.bad-name"


def test_good_names(tmp_path: Path) -> None:
    """Capitals, dots, dashes, underscores and colons are fine."""
    names = ["a", "A.b-c_d:e", "9", "app:build:all"]
    tasks = "".join(f"  '{name}': {{run: {{container: app}}}}\n" for name in names)

    project = load_text(tmp_path, f"project_name: x\ncontainers: {{app: {{image: a}}}}\ntasks:\n{tasks}")

    assert list(project.tasks) == names


def test_a_name_that_takes_long_to_refuse(tmp_path: Path) -> None:
    """A long name of the wrong form is refused at once, not after exponential time."""
    name = "a" * 900 + "_"

    [problem] = problems(tmp_path, f"project_name: x\ntasks: {{{name}: {{prerequisites: ['b*']}}}}")

    assert problem.reference == "config.bad-name"
    assert len(problem.message) < 300
