"""Which output style a run has, and the listener that draws it."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from taskrunner.errors import UserError
from taskrunner.execution.events import Listener
from taskrunner.output.console import Console

if TYPE_CHECKING:
    from taskrunner.host.terminal import Terminal

__all__ = ["STYLES", "choose", "create", "on_github_actions", "redraws", "shows_dependencies"]

STYLES: Final = ("fancy", "simple", "quiet", "all", "json")
"""What `--output` accepts."""


def choose(
    requested: str | None, *, no_color: bool, stdout_is_terminal: bool, environment: Mapping[str, str]
) -> str:
    """Return the style of a run: the one asked for, else the best that standard output can show.

    Raises UserError for an unknown style, and for `fancy` without colours.
    """
    if requested is not None and requested not in STYLES:
        raise UserError(
            "cli.unknown-output-style",
            f"There is no output style '{requested}'.",
            f"The output styles are {', '.join(STYLES)}.",
        )
    if requested == "fancy" and no_color:
        raise UserError(
            "cli.fancy-without-colour",
            "The output style fancy cannot be drawn without colours.",
            "Leave out either --output=fancy or --no-color.",
        )
    if requested is not None:
        return requested
    colourless = no_color or environment.get("NO_COLOR")
    capable = redraws(stdout_is_terminal=stdout_is_terminal, environment=environment)
    return "fancy" if capable and not colourless else "simple"


def redraws(*, stdout_is_terminal: bool, environment: Mapping[str, str]) -> bool:
    """Return whether lines of standard output can be redrawn in place.

    Source of the rules: batect. mintty's terminal is a pipe to programs, Travis' is none for people.
    """
    terminal = stdout_is_terminal or environment.get("TERM_PROGRAM") == "mintty"
    known = environment.get("TERM", "") not in {"", "dumb"}
    return terminal and known and environment.get("TRAVIS") != "true"


def shows_dependencies(style: str) -> bool:
    """Return whether a style shows the output of every container, not only of a task's main one."""
    return style in {"all", "json"}


def on_github_actions(environment: Mapping[str, str]) -> bool:
    """Return whether this is a job of GitHub Actions, whose log knows groups and annotations."""
    return environment.get("GITHUB_ACTIONS") == "true"


def create(
    style: str,
    console: Console,
    *,
    environment: Mapping[str, str] = os.environ,
    keeps_failed: bool = False,
    terminal: "Terminal | None" = None,
) -> Listener:
    """Return the listener that draws a style; only its module is imported.

    `keeps_failed` says that containers are kept after a failure, so that no hint suggests it.
    `terminal` is the person's keyboard, if there is one.
    Where `environment` is that of GitHub Actions, `simple` groups lines and annotates failures.
    """
    if style == "json":
        from taskrunner.output.json_lines import JsonLines

        return JsonLines(console)
    from taskrunner.output.failures import Explainer

    explainer = Explainer(keeps_failed=keeps_failed)
    if style == "quiet":
        from taskrunner.output.quiet import Quiet

        return Quiet(console, explainer)
    if style == "all":
        from taskrunner.output.interleaved import Interleaved

        return Interleaved(console, explainer)
    if style == "fancy":
        if redraws(stdout_is_terminal=console.on_terminal, environment=environment):
            from taskrunner.output.fancy import Fancy

            return Fancy(console, explainer, terminal=terminal, environment=environment)
        console.print_err("The output style fancy needs a terminal: simple is used instead.")
    from taskrunner.output.simple import Simple

    simple = Simple(console, explainer)
    if not on_github_actions(environment):
        return simple
    from taskrunner.output.github import Grouped

    return Grouped(simple, console, explainer)
