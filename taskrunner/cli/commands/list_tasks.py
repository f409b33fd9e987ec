"""`taskrunner list`: the tasks of the project, by group."""

from typing import Annotated

import typer

from taskrunner.cli import arguments as args
from taskrunner.cli import options as opt
from taskrunner.cli.print_tasks import print_tasks

__all__ = ["list_tasks"]


@opt.takes(opt.PROJECT, opt.TELEMETRY)
def list_tasks(
    ctx: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, for programs.", show_default=False)
    ] = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="STYLE",
            help="quiet: a line a task, with a tab before its description. json: the same as --json.",
        ),
    ] = None,
    no_color: opt.NoColor = False,
) -> None:
    """List the tasks, by group."""
    before = opt.before(ctx)
    print_tasks(before, args.merge(before.common, args.common_of(ctx.params)), as_json=as_json)
