"""`taskrunner init`: a first config, from what lies in the folder."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from taskrunner.cli import options as opt
from taskrunner.errors import ConfigError, UserError

if TYPE_CHECKING:
    from taskrunner.starter.make import Beginning

__all__ = ["init"]

_FILE = "taskrunner.yml"


@opt.takes(opt.TELEMETRY)
def init(
    ctx: typer.Context,
    print_only: Annotated[
        bool, typer.Option("--print", help="Print the config instead of writing it.", show_default=False)
    ] = False,
    no_color: opt.NoColor = False,
) -> None:
    """Write a first taskrunner.yml, from a Compose file, a Makefile, a file such as package.json, or nothing.

    Never overwrites a file, and asks nothing.
    """
    from taskrunner.starter.make import make

    folder = os.getcwd()
    if not print_only:
        _check_there_is_none(folder)
    beginning = make(folder)
    _tell_what_is_left_out(beginning, no_color=no_color or opt.before(ctx).common.no_color)
    if print_only:
        print(beginning.text, end="")
        return
    _write(os.path.join(folder, _FILE), beginning.text)
    made_from = " and ".join(beginning.sources)
    print(f"Wrote {_FILE}{f', made from {made_from}' if made_from else ''}.")
    print(f"Try `taskrunner list` and `taskrunner run {beginning.task}`.")
    print("Put .taskrunner/ into .gitignore: it names the caches of this checkout.")


def _check_there_is_none(folder: str) -> None:
    from taskrunner.config.discovery import CONFIG_FILES

    for name in CONFIG_FILES:
        path = os.path.join(folder, name)
        if os.path.lexists(path):
            raise UserError(
                "init.exists",
                f"There is a config already: {path}.",
                "`taskrunner list` shows its tasks. `taskrunner init --print` prints what would be written.",
            )


def _write(path: str, text: str) -> None:
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UserError(
            "init.not-writable",
            f"{path} cannot be written: {error.strerror}.",
            "Make the folder writable, or use `taskrunner init --print`.",
        ) from error


def _tell_what_is_left_out(beginning: "Beginning", *, no_color: bool) -> None:
    if not beginning.left_out:
        return
    from taskrunner.output.console import colour_allowed
    from taskrunner.output.problems import render_error

    colour = colour_allowed(terminal=os.isatty(2), no_color=no_color, environment=os.environ)
    error = ConfigError(beginning.left_out)
    print("Some services are left out:", file=sys.stderr)
    print(render_error(error, colour=colour, cwd=os.getcwd()), end="\n\n", file=sys.stderr)
