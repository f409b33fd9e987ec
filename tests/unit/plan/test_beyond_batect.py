"""What batect does not know, from config to plan: variables, words as expressions, conditions, limits."""

from pathlib import Path

import pytest

from taskrunner.config.model import COMPLETED, STARTED
from taskrunner.plan.model import PulledImage
from tests.unit.plan.planning import main_container, plan, problems

ENVIRONMENT = """\
containers:
  app:
    image: app:1
    env_file: [one.env, {path: none.env, required: false}]
    environment: {FROM_HOST: , MISSING: , CONTAINER: container, BOTH: container}
tasks:
  go:
    run:
      container: app
      env_file: two.env
      environment: [BOTH=task, FROM_TASK_HOST]
"""


def test_layers_of_the_environment(tmp_path: Path) -> None:
    """The task wins over the container, and what is written out over files; unset variables are left out."""
    (tmp_path / "one.env").write_text("ONE=1\nCONTAINER=file\nLATER=one\n")
    (tmp_path / "two.env").write_text("BOTH=file\nLATER=two\n")

    made = plan(tmp_path, ENVIRONMENT, environment={"FROM_HOST": "host", "FROM_TASK_HOST": ""})

    assert main_container(made).environment == {
        "ONE": "1",
        "CONTAINER": "container",
        "LATER": "two",
        "FROM_HOST": "host",
        "BOTH": "task",
        "FROM_TASK_HOST": "",
    }


def test_env_files_are_read_where_they_are_used(tmp_path: Path) -> None:
    """Every mistake in files is told at once, and a file that no container of the run uses is not read."""
    found = problems(tmp_path, ENVIRONMENT)

    assert [problem.reference for problem in found] == ["config.file-not-found"] * 2
    plan(
        tmp_path,
        ENVIRONMENT.replace("tasks:", "  other: {image: x}\ntasks:\n  b: {run: {container: other}}"),
        "b",
    )


COMMANDS = """\
config_variables: {tag: {default: "3"}}
containers:
  app:
    image: registry.example.org/app:<tag
    command: [serve, "$NAME", "a b", '\\$x']
    entrypoint: ["<tag"]
    setup_commands: [{command: [echo, "<{tag}"]}]
tasks:
  go: {run: {container: app}}
  text: {run: {container: app, command: "echo $NAME <tag"}}
"""


def test_words_are_expressions(tmp_path: Path) -> None:
    """Each word of a command that is a list is evaluated, and stays one word whatever is in it."""
    container = main_container(plan(tmp_path, COMMANDS, environment={"NAME": "two words; 'x"}))

    assert container.command == ("serve", "two words; 'x", "a b", "$x")
    assert container.command_text == "serve 'two words; '\"'\"'x' 'a b' '$x'"
    assert container.entrypoint == ("3",)
    assert container.setup_commands[0].command.words == ("echo", "3")
    assert container.image == PulledImage("registry.example.org/app:3", always=False)


def test_text_stays_text(tmp_path: Path) -> None:
    """A command that is one text means what it means to batect: nothing in it is evaluated."""
    assert main_container(plan(tmp_path, COMMANDS, "text", environment={"NAME": "x"})).command == (
        "echo",
        "$NAME",
        "<tag",
    )


@pytest.mark.parametrize("tag", ["", "a b", "-", "Ü"])
def test_what_comes_of_an_image_is_looked_at(tmp_path: Path, tag: str) -> None:
    """An expression that does not come to an image is a mistake, at its place."""
    [problem] = problems(tmp_path, COMMANDS, environment={"NAME": ""}, variables={"tag": tag})

    assert problem.reference == "config.bad-image"
    assert problem.where is not None
    assert problem.where.line == 5


CONDITIONS = """\
containers:
  app:
    image: app:1
    dependencies:
      migrate: {condition: service_completed_successfully}
      db: {}
      cache: {condition: service_started}
    mem_limit: 1g
    cpus: "0.5"
    platform: linux/arm64/v8
    ulimits: {nofile: {soft: 10, hard: 20}, core: -1}
    networks: [shared]
  migrate: {image: migrate:1, dependencies: [db]}
  db: {image: db:1}
  cache: {image: cache:1}
tasks:
  go: {run: {container: app}}
  task-knows-best: {run: {container: app}, dependencies: {cache: {condition: service_healthy}}}
"""


def test_conditions(tmp_path: Path) -> None:
    """A dependency's condition reaches the plan, and a container that others wait for to end knows."""
    task = plan(tmp_path, CONDITIONS).tasks[0]

    assert task.containers["app"].dependencies == ("migrate", "db", "cache")
    assert task.containers["app"].conditions == {"migrate": COMPLETED, "cache": STARTED}
    assert [name for name, each in task.containers.items() if each.must_complete] == ["migrate"]
    best = plan(tmp_path, CONDITIONS, "task-knows-best").tasks[0]
    assert best.containers["app"].conditions == {"migrate": COMPLETED}


def test_limits(tmp_path: Path) -> None:
    """Limits, platform and networks reach the plan in the engine's units."""
    container = main_container(plan(tmp_path, CONDITIONS))

    assert container.mem_limit == 1024**3
    assert container.cpus == 500_000_000
    assert container.ulimits == {"nofile": (10, 20), "core": (-1, -1)}
    assert container.networks == ("shared",)
    assert container.image == PulledImage("app:1", always=False, platform="linux/arm64/v8")
