"""Listing tasks, and the other verbs that need no engine."""

import json

import jsonschema
import pytest

from taskrunner._version import VERSION
from tests.support.journey import Journey

CONFIG = """\
containers:
  app: {image: x}
tasks:
  zebra: {run: {container: app}, description: Last of all}
  apple: {run: {container: app}}
  build: {run: {container: app}, group: Building, description: Build it}
  all: {prerequisites: [build, zebra], group: Everything}
"""


def test_tasks_are_listed_by_group(journey: Journey) -> None:
    """Groups by name, tasks by name, those without a group last."""
    result = journey.file("batect.yml", CONFIG).run("list")

    expected = (
        "Building:\n- build: Build it\n\nEverything:\n- all\n\n"
        "Ungrouped tasks:\n- apple\n- zebra: Last of all\n"
    )
    assert (0, expected, "") == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize("arguments", [("--list-tasks",), ("-T",), ("-f", "batect.yml", "-T")])
def test_batects_option_lists_too(journey: Journey, arguments: tuple[str, ...]) -> None:
    """Who types --list-tasks gets the same list."""
    journey.file("batect.yml", CONFIG)

    assert journey.run(*arguments).stdout == journey.run("list").stdout


@pytest.mark.parametrize(
    "arguments", [("list", "-o", "quiet"), ("-o", "quiet", "-T"), ("-o", "quiet", "list")]
)
def test_quiet_is_for_programs(journey: Journey, arguments: tuple[str, ...]) -> None:
    """A name a line, with a tab before its description."""
    result = journey.file("batect.yml", CONFIG).run(*arguments)

    assert result.stdout == "all\napple\nbuild\tBuild it\nzebra\tLast of all\n"


def test_json_has_everything(journey: Journey) -> None:
    """A program finds what it needs to know about a task."""
    result = journey.file("batect.yml", CONFIG).run("list", "--json")

    tasks = {task["name"]: task for task in json.loads(result.stdout)["tasks"]}
    assert tasks["all"]["prerequisites"] == ["build", "zebra"]
    assert (tasks["build"]["group"], tasks["build"]["container"]) == ("Building", "app")


def test_the_schema_accepts_the_config(journey: Journey) -> None:
    """What editors check is what the program reads."""
    import yaml

    result = journey.run("schema")

    schema = json.loads(result.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.load(CONFIG, yaml.BaseLoader), schema)  # noqa: S506 - it makes nothing but text


def test_the_version_is_shown(journey: Journey) -> None:
    """With and without other options."""
    assert journey.run("--version").stdout == f"taskrunner {VERSION}\n"
    assert journey.run("--no-color", "--version").stdout == f"taskrunner {VERSION}\n"


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("list", "-h"), ("clean", "--help")])
def test_help_is_shown(journey: Journey, arguments: tuple[str, ...]) -> None:
    """Help goes to standard output and is no failure."""
    result = journey.run(*arguments)

    assert (0, "") == (result.exit_code, result.stderr)
    assert "Usage: taskrunner" in result.stdout


def test_includes_are_part_of_the_project(journey: Journey) -> None:
    """Tasks and containers of included files are listed, and paths start at their own file."""
    journey.file("batect.yml", "include:\n  - more/tasks.yml\n" + CONFIG)
    journey.file(
        "more/tasks.yml",
        "containers:\n  other: {image: x}\ntasks:\n  more: {run: {container: other}}\n",
    )

    assert "- more" in journey.run("list").stdout
