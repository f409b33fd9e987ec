"""The way past the command-line library: it reads what the library reads, or leaves it to the library."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import taskrunner.cli.app as library
import taskrunner.cli.run_task as running
from taskrunner.cli import arguments as args
from taskrunner.cli import fast
from taskrunner.cli.plain_options import FLAG, NUMBER, OPTIONS
from taskrunner.errors import UserError
from tests.property.settings import PROFILE

VALUES = st.sampled_from(("a", "quiet", "x=1", "3", "-1", "--output", "", "=", "a b", "ä"))
STRANGE = st.sampled_from(
    ("-", "-h", "--help", "--no-such", "-x", "-oquiet", "-o=all", "-o=", "-f", "-T", "list")
)


class Read(NamedTuple):
    """What a command line amounts to."""

    verb: str
    common: args.Common
    run: args.RunArguments | None
    arguments: tuple[str, ...]
    as_json: bool


@st.composite
def option(draw: st.DrawFn, verb: str) -> list[str]:
    """Give an option that stands before or behind a verb, with a value in one of its forms."""
    known = OPTIONS[verb]
    name = draw(st.sampled_from(sorted(known)))
    kind = known[name][1]
    if kind == FLAG:
        return [name]
    value = draw(st.sampled_from(("1", "12", "0", "-3", "x")) if kind == NUMBER else VALUES)
    joined = f"{name}={value}" if name.startswith("--") else name + value
    return [joined] if draw(st.booleans()) else [name, value]


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Give command lines: mostly good ones, with now and then a word that fits nowhere."""
    verb = draw(st.sampled_from(("run", "list", "run", "schema", "")))
    words = [word for each in draw(st.lists(option(""), max_size=2)) for word in each]
    words += [verb] if verb else []
    behind = option(verb if verb in OPTIONS else "")
    task = st.sampled_from((["test"], ["test"], ["a", "b"], []))
    for part in draw(st.permutations([draw(task), *draw(st.lists(behind, max_size=3))])):
        words += part
    if draw(st.integers(0, 4)) == 0:
        words.insert(draw(st.integers(0, len(words))), draw(STRANGE))
    return words + draw(st.sampled_from(([], ["--"], ["--", "-x", "--", "y"])))


def normal(params: Mapping[str, Any]) -> args.RunArguments:
    """Return the arguments of a run with all lists alike."""
    given = args.run_arguments_of(params)
    lists = {name: tuple(value) for name, value in given._asdict().items() if isinstance(value, list | tuple)}
    return given._replace(**lists)


def by_the_library(words: list[str]) -> Read | None:
    """Return what the library reads; None where it refuses or does something else."""
    seen: list[Read] = []

    def run_task(before: args.Before, params: Mapping[str, Any]) -> int:
        common = args.merge(before.common, args.common_of(params))
        seen.append(Read("run", common, normal(params), before.arguments, as_json=False))
        return 0

    def print_tasks(before: args.Before, common: args.Common, *, as_json: bool) -> None:
        seen.append(Read("list", common, None, before.arguments, as_json))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "run_task", run_task)
        patch.setattr(library, "print_tasks", print_tasks)
        patch.setattr("taskrunner.cli.commands.list_tasks.print_tasks", print_tasks)
        patch.setattr("taskrunner.cli.app.clean_caches", lambda *_: None)
        try:
            library.run_app(words)
        except UserError:
            return None
    return seen[0] if seen else None


def past_it(command: fast.PlainCommand) -> Read | None:
    """Return what the way past the library reads; None where what it reads is refused later."""
    try:
        common = args.merge(args.common_of(command.before), args.common_of(command.after))
    except UserError:
        return None
    run = normal(command.after) if command.verb == "run" else None
    return Read(command.verb, common, run, command.arguments, bool(command.after.get("as_json")))


@PROFILE
@given(command_lines())
def test_it_agrees_or_declines(words: list[str]) -> None:
    """A command line that is read here means what the library makes of it."""
    command = fast.read(words)

    if command is not None:
        assert by_the_library(words) == past_it(command)


@pytest.mark.parametrize(
    "words",
    [
        ["run", "test"],
        ["-f", "x.yml", "run", "test"],
        ["run", "-f", "x.yml", "-oquiet", "test", "--", "--fast"],
        ["run", "--config-var=a=b", "--config-var", "c=d", "--max-parallelism", "2", "test"],
        ["--output=json", "list"],
        ["list", "--json"],
        ["-T"],
    ],
    ids=" ".join,
)
def test_common_command_lines_are_read(words: list[str]) -> None:
    """What people type all day does not go through the library."""
    command = fast.read(words)

    assert command is not None
    assert by_the_library(words) == past_it(command)


@pytest.mark.parametrize(
    ("verb", "name"), [(verb, name) for verb in ("run", "list") for name in OPTIONS[verb]]
)
def test_every_option_is_read(verb: str, name: str) -> None:
    """No option of these verbs sends a person the long way."""
    value = {FLAG: [], NUMBER: ["3"]}.get(OPTIONS[verb][name][1], ["a=b"])

    assert fast.read([verb, name, *value, *(["test"] if verb == "run" else [])]) is not None
