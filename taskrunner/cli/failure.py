"""How a command says that it failed, once it has."""

import errno
import os
import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from taskrunner import exit_codes
from taskrunner.documentation import errors_page
from taskrunner.errors import MachineError, TaskrunnerError, UserError
from taskrunner.host.crash import write_report

if TYPE_CHECKING:
    from threading import ExceptHookArgs

__all__ = ["of_the_machine", "report_crash", "tell", "tell_of_thread"]


def tell(error: TaskrunnerError, arguments: Sequence[str]) -> int:
    """Print an error for a person, or as an event where the `json` style is asked for."""
    from taskrunner.output.console import standard_console
    from taskrunner.output.problems import render_error

    console = standard_console(no_color="--no-color" in arguments, environment=os.environ)
    try:
        for line in _for_programs(error, _style(arguments)):
            console.print_out(line)
    except BrokenPipeError:
        pass  # a person may still read standard error
    colour = console.err_colours.enabled
    console.print_err(render_error(error, colour=colour, cwd=_folder(), columns=_columns()))
    console.print_err(console.err_colours.dim(f"More about it: {errors_page(error.reference)}"))
    return error.exit_code


def of_the_machine(error: BaseException) -> TaskrunnerError | None:
    """Return the error for what the machine around us refuses, or None where the fault is ours."""
    if not isinstance(error, OSError):
        return None
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return MachineError(
            "cli.too-many-files",
            "The system lets this command open no more files.",
            "`ulimit -n` shows how many it may have at once, and `ulimit -n 1024` sets it for this shell.",
        )
    if isinstance(error, FileNotFoundError) and error.filename is None and not _folder():
        return UserError(
            "cli.folder-gone",
            "The current folder does not exist any more.",
            "Somebody has deleted it, or made it anew: `cd` to a folder that is there, even to the same one.",
        )
    return None


def _folder() -> str:
    """Return the current folder, or nothing where it was deleted."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _columns() -> int | None:
    """Return how wide the terminal is that standard error is, or None where it is none."""
    try:
        return os.get_terminal_size(2).columns or None
    except OSError:
        return None


def _for_programs(error: TaskrunnerError, style: str | None) -> list[str]:
    """Return the lines on standard output for whatever reads it instead of a person."""
    if style == "json":
        from taskrunner.output.json_lines import error_line

        return [error_line(error)]
    if style == "quiet" or os.environ.get("GITHUB_ACTIONS") != "true":
        return []
    from taskrunner.output.github import annotations

    return annotations(error)


def report_crash(error: BaseException) -> int:
    """Write a crash report and say where it is."""
    path = write_report(error, os.environ)
    where = f"A report is in {path}." if path else "No report could be written to the disk."
    print(f"taskrunner itself failed ({type(error).__name__}). {where}", file=sys.stderr)
    return exit_codes.CRASH


def tell_of_thread(arguments: "ExceptHookArgs") -> None:
    """Say what Python would print a traceback for: a thread failed beside the command, which goes on."""
    error = arguments.exc_value
    if error is None or isinstance(error, SystemExit):
        return
    known = of_the_machine(error)
    if known is None:
        report_crash(error)
    else:
        print(known.message, known.hint, file=sys.stderr)


def _style(arguments: Sequence[str]) -> str | None:
    """Return the output style that the arguments, which may be wrong in other ways, ask for."""
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    found = None
    for word, following in zip_longest(ours, ours[1:]):
        if word in ("-o", "--output"):
            found = following
        elif word.startswith("--output="):
            found = word.removeprefix("--output=")
        elif word.startswith("-o"):
            found = word.removeprefix("-o").removeprefix("=")
    return found
