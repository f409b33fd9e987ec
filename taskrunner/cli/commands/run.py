"""`taskrunner run`: run a task and its prerequisites."""

from typing import Annotated

import typer

from taskrunner.cli import options as opt

__all__ = ["run"]


@opt.takes(opt.PROJECT, opt.PLAN, opt.KEEPING, opt.RUN, opt.LOOK, opt.ENGINE, opt.TELEMETRY, opt.OF_OLD)
def run(
    ctx: typer.Context,
    task: Annotated[
        list[str] | None,
        typer.Argument(metavar="TASK... [-- ARGS]", help="The tasks, and what to add to the last one."),
    ] = None,
) -> None:
    """Run tasks and their prerequisites. What stands behind -- is added to the last task's command."""
    from taskrunner.cli.run_task import run_task

    raise typer.Exit(run_task(opt.before(ctx), ctx.params))
