"""`taskrunner timings`: where time went in the last runs of the project."""

import os
import time
from typing import Annotated

import typer

from taskrunner.cli import arguments as args
from taskrunner.cli import options as opt
from taskrunner.cli.afterwards import NO
from taskrunner.cli.project import load_project

__all__ = ["timings"]


@opt.takes(opt.TELEMETRY)
def timings(
    ctx: typer.Context,
    task: Annotated[
        str | None, typer.Argument(metavar="[TASK]", help="Only the runs of this task.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many runs to show.")] = 10,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, for programs.", show_default=False)
    ] = False,
    config_file: opt.ConfigFile = None,
    no_color: opt.NoColor = False,
) -> None:
    """Show where time went in the last runs of this project, and what changed.

    The times are kept on this machine alone. The variable TASKRUNNER_TIMINGS=false keeps none.
    """
    from taskrunner.output.console import standard_console
    from taskrunner.output.text import one_line
    from taskrunner.timeline import table
    from taskrunner.timeline.history import recall

    before = opt.before(ctx)
    common = args.merge(before.common, args.common_of(ctx.params))
    project = load_project(common, before.usage)
    runs = [run for run in recall(os.environ, project.directory) if task in (None, run.task)]
    console = standard_console(no_color=common.no_color, environment=os.environ)
    if as_json or common.output == "json":
        console.print_out(table.as_json(project.name, runs, limit))
    elif runs:
        console.print_out(table.as_table(runs, limit, console.out_colours, now=time.time()))
    else:
        what = "this project" if task is None else f"the task {one_line(task)}"
        console.print_out(f"No run of {what} is remembered yet.")
    if os.environ.get("TASKRUNNER_TIMINGS", "").lower() in NO:
        console.print_err("New runs are not remembered: TASKRUNNER_TIMINGS says so.")
