"""The way past the command-line library: what it declines, and the table that it reads by."""

import runpy
from pathlib import Path

import pytest

from taskrunner.cli import fast

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["run", "--help"],
        ["--help"],
        ["runs", "test"],
        ["list", "test"],
        ["run", "test", "--no-such"],
        ["run", "test", "--config-file"],
        ["run", "--config-file", "--output", "test"],
        ["run", "--no-color=1", "test"],
        ["run", "--max-parallelism", "0", "test"],
        ["run", "--max-parallelism", "٣", "test"],
        ["run", ""],
        ["run", "-"],
        ["run", "-o=", "quiet", "test"],
        ["--version", "run", "test"],
        ["--clean", "-T"],
        ["-T", "run", "test"],
    ],
    ids=" ".join,
)
def test_what_is_not_plain_is_declined(words: list[str]) -> None:
    """Whatever is wrong, rare or ambiguous goes to the library, which says what it thinks of it."""
    assert fast.read(words) is None


def test_what_stands_behind_two_dashes_is_never_read() -> None:
    """The task's own arguments are handed on as they are."""
    command = fast.read(["run", "test", "--", "--no-such", "--", ""])

    assert command is not None
    assert ("--no-such", "--", "") == command.arguments


def test_the_table_is_up_to_date() -> None:
    """The table is what `.ci/command_line.py` makes of the command line as it is."""
    made = runpy.run_path(str(ROOT / ".ci" / "command_line.py"))["text"]()

    assert made == (ROOT / "taskrunner" / "cli" / "plain_options.py").read_text(encoding="utf-8")
