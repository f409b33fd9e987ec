"""`taskrunner telemetry`: what is reported, to whom, and how to stop it.

Its verbs are loaded only when one of them is called.
"""

import typer

from taskrunner.cli import options as opt
from taskrunner.errors import UserError

__all__ = ["NOT_INSTALLED", "telemetry"]

NOT_INSTALLED = "Telemetry is not part of this installation: nothing is collected and nothing is sent."


def telemetry(ctx: typer.Context) -> None:
    """Show and change what is reported, or stop it: see `taskrunner telemetry --help`."""
    from importlib.util import find_spec

    opt.before(ctx).usage.leave_out()
    if find_spec("telemetry") is None:
        _without_the_library(ctx.args)
        return
    if not ctx.args:
        raise UserError(
            "cli.no-verb",
            "Nothing to do: a verb of telemetry is missing.",
            "`taskrunner telemetry status` shows what holds; see `taskrunner telemetry --help`.",
        )
    from taskrunner.cli.commands.telemetry.verbs import verbs

    code = verbs(ctx.args, prog_name="taskrunner telemetry", obj=ctx.obj, standalone_mode=False)
    raise typer.Exit(code if isinstance(code, int) else 0)


def _without_the_library(arguments: list[str]) -> None:
    if arguments != ["status"]:
        raise UserError(
            "telemetry.not-installed", NOT_INSTALLED, "There is nothing to show and nothing to stop."
        )
    print(NOT_INSTALLED)
