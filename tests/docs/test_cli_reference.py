"""The page of the command line has every verb, option and variable that there is, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main

from taskrunner.cli.app import app
from taskrunner.cli.commands.telemetry.verbs import verbs as verbs_of_telemetry
from taskrunner.output.styles import STYLES
from tests.docs.reachable import modules_of_commands

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
ROOT_SECTION = "Before the verb"
ROW = re.compile(r"\| `--")
VARIABLE = re.compile(r"(TASKRUNNER|BATECT|DOCKER)_[A-Z_]+")


class Option(NamedTuple):
    """An option by what a person writes."""

    long: str
    metavar: str
    short: str
    variables: tuple[str, ...]


def commands() -> dict[str, tuple[Any, ...]]:
    """Return what each section is about: the program before its verb, a verb, or all verbs of a verb."""
    program: Any = typer.main.get_command(app)
    verbs = {name: (command,) for name, command in program.commands.items()}
    return {ROOT_SECTION: (program,), **verbs, "telemetry": tuple(telemetry_verbs().values())}


def telemetry_verbs() -> dict[str, Any]:
    """Return the verbs of `taskrunner telemetry`, which the program only loads when one is called."""
    program: Any = typer.main.get_command(verbs_of_telemetry)
    found: dict[str, Any] = program.commands
    return found


def options(about: tuple[Any, ...]) -> dict[str, Option]:
    """Return the visible options of commands, `--help` among them."""
    found = {}
    for each in _given(about):
        if not each.hidden:
            option = _option(each)
            found[option.long] = option
    return found


def _given(about: tuple[Any, ...]) -> list[Any]:
    """Return all options of commands as typer has them."""
    settings = app.info.context_settings or {}
    params = [p for each in about for p in each.get_params(each.context_class(each, **settings))]
    return [each for each in params if each.param_type_name == "option"]


def _option(each: Any) -> Option:
    long = next(name for name in each.opts if name.startswith("--"))
    short = "".join(name for name in each.opts if not name.startswith("--"))
    variables = [each.envvar] if isinstance(each.envvar, str) else each.envvar or ()
    return Option(long, "" if each.is_flag else each.metavar, short, tuple(variables))


def section(title: str) -> str:
    """Return the text below a heading, up to the next heading of its level."""
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert match is not None, f"the page has no section '{title}'"
    return match[1]


def documented(name: str) -> dict[str, Option]:
    """Return the options of the tables in a verb's section."""
    text = section(name if name == ROOT_SECTION else f"`taskrunner {name}`")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if ROW.match(line)]
    assert len(rows) == len({row[0] for row in rows}), "an option has two rows"
    return {option.long: option for option in map(_documented, rows)}


def _documented(row: list[str]) -> Option:
    words, short, variables, _default, meaning = row
    assert meaning, f"the row of {words} says nothing"
    long, _, metavar = words.strip("`").partition(" ")
    return Option(long, metavar, short.strip("`"), tuple(re.findall(r"`(\w+)`", variables)))


def read_variables() -> set[str]:
    """Return the environment variables that the code names: what it looks up, and what is named like ours."""
    found: set[str] = set()
    for tree in modules_of_commands().values():
        found.update(_looked_up(tree))
        texts = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
        found.update(text for text in texts if VARIABLE.fullmatch(text))
    return found


def _looked_up(tree: ast.AST) -> Iterator[str]:
    """Give the names in `environ["NAME"]` and `environment.get("NAME")`."""
    for node in ast.walk(tree):
        key: ast.AST | None = None
        if isinstance(node, ast.Subscript) and "environ" in ast.unparse(node.value):
            key = node.slice
        elif isinstance(node, ast.Call) and re.search(r"(environ\w*\.get|getenv)$", ast.unparse(node.func)):
            key = node.args[0] if node.args else None
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def test_the_tables_cover_the_verbs() -> None:
    """Each verb is in the table at the top and has a section, and no other verb has."""
    verbs = commands().keys() - {ROOT_SECTION}
    listed = re.findall(r"^\| \[`(\w+)`\]\(#taskrunner-(\w+)\)", PAGE, re.MULTILINE)

    assert {(verb, verb) for verb in verbs} == set(listed)
    assert set(re.findall(r"^## `taskrunner (\w+)`$", PAGE, re.MULTILINE)) == verbs


def test_the_verbs_of_telemetry() -> None:
    """They are listed in the order of `--help`, and no other is."""
    listed = re.findall(r"^\| `(\w+)` \|", section("`taskrunner telemetry`"), re.MULTILINE)

    assert list(telemetry_verbs()) == listed


@pytest.mark.parametrize("name", commands())
def test_options(name: str) -> None:
    """Each visible option has one row with its value and its short form, and no row is about another."""
    expected = {long: option[:3] for long, option in options(commands()[name]).items()}

    assert expected == {long: option[:3] for long, option in documented(name).items()}


@pytest.mark.parametrize("name", commands())
def test_variables_of_options(name: str) -> None:
    """A variable that the command line reads for an option is in its row, in the order of reading."""
    rows = documented(name)

    for long, option in options(commands()[name]).items():
        assert option.variables in ((), rows[long].variables)


def test_variables_in_rows_and_in_help_agree() -> None:
    """A variable that an option's help names is in each of its rows on the page."""
    for name, command in commands().items():
        rows = documented(name)
        for each in _given(command):
            named = VARIABLE.finditer(getattr(each, "help", None) or "")
            for match in named:
                assert match[0] in rows[_option(each).long].variables, (name, match[0])


def test_variables() -> None:
    """Each variable that the code reads has a row, and so has every one that an option's row names."""
    rows = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|", section("Environment variables"), re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    of_options = {name for verb in commands() for row in documented(verb).values() for name in row.variables}

    assert read_variables() == listed
    assert of_options <= listed


def test_no_option_is_made_up() -> None:
    """Each option that the page speaks of exists, in tables and in text."""
    existing = {name for command in commands().values() for each in _given(command) for name in each.opts}

    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", PAGE)) <= existing


def test_hidden_options() -> None:
    """What is accepted for old scripts alone is in the text, and in no table."""
    hidden = {each.opts[0] for command in commands().values() for each in _given(command) if each.hidden}

    assert hidden
    assert all(f"`{name}`" in section("`taskrunner run`") for name in hidden)
    assert hidden.isdisjoint(documented("run"))


def test_output_styles() -> None:
    """The table of output styles has exactly those that `--output` accepts."""
    table = PAGE.partition("### Output styles\n")[2].partition("\n## ")[0]

    assert sorted(STYLES) == sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_a_shell_takes_the_options_of_a_run() -> None:
    """All but those about a command that may fail, be skipped or take long, which a shell has not."""
    run, shell = options(commands()["run"]), options(commands()["shell"])

    missing = {name for name in run.keys() - shell.keys() if not name.startswith("--no-cleanup")}
    own = {"--shell-on-failure", "--force", "--explain", "--timeline", "--watch", "--parallel"}
    assert (own, set()) == (
        missing,
        shell.keys() - run.keys(),
    )
