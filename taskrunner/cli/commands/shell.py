"""`taskrunner shell`: a shell where a task would run."""

from typing import Annotated

import typer

from taskrunner.cli import options as opt

__all__ = ["shell"]


@opt.takes(opt.PROJECT, opt.PLAN, opt.LOOK, opt.ENGINE, opt.TELEMETRY)
def shell(
    ctx: typer.Context,
    task: Annotated[
        list[str] | None, typer.Argument(metavar="TASK", help="The task in whose container it opens.")
    ] = None,
) -> None:
    """Open a shell where a task would run: its container, mounts, environment, network and dependencies.

    Prerequisites run first, as they would before the task. Everything is cleaned up when the shell ends.
    """
    from taskrunner.cli.run_task import run_task
    from taskrunner.errors import UserError
    from taskrunner.plan.shells import with_shell

    before = opt.before(ctx)
    if before.arguments:
        raise UserError(
            "cli.shell-arguments",
            f"A shell takes no arguments, but '{before.arguments[0]}' stands behind --.",
            "To hand words to the task's command, use `taskrunner run`.",
        )
    raise typer.Exit(run_task(before, ctx.params, change=with_shell))
