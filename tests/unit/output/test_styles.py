"""Which style a run has."""

import subprocess
import sys

import pytest

from taskrunner.errors import UserError
from taskrunner.output import styles
from taskrunner.output.interleaved import Interleaved
from taskrunner.output.json_lines import JsonLines
from taskrunner.output.quiet import Quiet
from taskrunner.output.simple import Simple
from tests.support.modules import uncovered
from tests.unit.output.screen import Screen


@pytest.mark.parametrize("requested", styles.STYLES)
def test_what_is_asked_for_wins(requested: str) -> None:
    """A style that is named is used, terminal or not."""
    chosen = styles.choose(requested, no_color=False, stdout_is_terminal=False, environment={})
    assert chosen == requested


@pytest.mark.parametrize(
    ("terminal", "no_color", "environment", "expected"),
    [
        (True, False, {"TERM": "xterm"}, "fancy"),
        (False, False, {"TERM": "xterm"}, "simple"),
        (True, False, {"TERM": "dumb"}, "simple"),
        (True, True, {"TERM": "xterm"}, "simple"),
        (True, False, {"TERM": "xterm", "NO_COLOR": "1"}, "simple"),
        (True, False, {"TERM": "xterm", "NO_COLOR": ""}, "fancy"),
    ],
)
def test_the_default(terminal: bool, no_color: bool, environment: dict[str, str], expected: str) -> None:
    """A terminal that redraws lines gets fancy, unless somebody wants no colours; all else gets simple."""
    chosen = styles.choose(None, no_color=no_color, stdout_is_terminal=terminal, environment=environment)
    assert expected == chosen


def test_fancy_needs_colours() -> None:
    """Asking for fancy without colours is a mistake that is named."""
    with pytest.raises(UserError) as caught:
        styles.choose("fancy", no_color=True, stdout_is_terminal=True, environment={"TERM": "xterm"})
    assert caught.value.reference == "cli.fancy-without-colour"


def test_an_unknown_style_is_refused() -> None:
    """A misspelt style is answered with those that exist."""
    with pytest.raises(UserError) as caught:
        styles.choose("simpel", no_color=False, stdout_is_terminal=True, environment={})
    assert caught.value.hint == "The output styles are fancy, simple, quiet, all, json."


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {}, False),
        (True, {"TERM": "xterm", "TRAVIS": "true"}, False),
        (False, {"TERM": "xterm"}, False),
        (False, {"TERM": "xterm", "TERM_PROGRAM": "mintty"}, True),
    ],
)
def test_redraws(terminal: bool, environment: dict[str, str], expected: bool) -> None:
    """Lines can be redrawn on terminals that say what they are."""
    assert expected == styles.redraws(stdout_is_terminal=terminal, environment=environment)


@pytest.mark.parametrize(
    ("style", "expected"), [("simple", Simple), ("quiet", Quiet), ("all", Interleaved), ("json", JsonLines)]
)
def test_create(style: str, expected: type, screen: Screen) -> None:
    """Each style is drawn by its own listener, and says nothing before the run does."""
    assert type(styles.create(style, screen.console, environment={})) is expected
    assert screen.out + screen.err == ""


def test_fancy_without_a_terminal_is_simple(screen: Screen) -> None:
    """Whoever asks for fancy where nothing can be redrawn gets simple, and one line that says so."""
    assert type(styles.create("fancy", screen.console, environment={"TERM": "xterm"})) is Simple
    assert screen.out == ""
    assert screen.err == "The output style fancy needs a terminal: simple is used instead.\n"


def test_which_styles_show_dependencies() -> None:
    """Only the styles that tell containers apart show the output of all of them."""
    shown = {style for style in styles.STYLES if styles.shows_dependencies(style)}
    assert shown == {"all", "json"}


@pytest.mark.parametrize("style", ["simple", "quiet", "all", "json"])
def test_only_the_style_in_use_is_imported(style: str) -> None:
    """A run loads the module of its own style, and nothing that is slow to import."""
    script = (
        "import sys; from taskrunner.output import styles; from taskrunner.output.console import Console\n"
        f"styles.create({style!r}, Console(1, 2, False, False), environment={{}})\n"
        "print(*sys.modules)"
    )
    loaded = set(subprocess.check_output([sys.executable, "-c", script], env=uncovered(), text=True).split())
    modules = {"simple": "simple", "quiet": "quiet", "all": "interleaved", "json": "json_lines"}
    others = {f"taskrunner.output.{module}" for name, module in modules.items() if name != style}
    slow = {
        "dataclasses",
        "inspect",
        "logging",
        "asyncio",
        "subprocess",
        "pathlib",
        "unicodedata",
        "typer",
        "rich",
    }
    fancy = {f"taskrunner.output.{module}" for module in ("fancy", "blocks", "board", "painter", "row")}
    assert loaded.isdisjoint(others | slow | fancy | {"taskrunner.output.github"})
    assert ("json" in loaded) == (style == "json")
