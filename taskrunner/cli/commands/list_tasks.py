"""`taskrunner list`: the tasks of the project, by group."""

from typing import Annotated

import typer

from taskrunner.cli import options as opt
from taskrunner.cli.project import load_project

__all__ = ["list_tasks", "print_tasks"]


def list_tasks(
    ctx: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, for programs.", show_default=False)
    ] = False,
    config_file: opt.ConfigFile = None,
    output: opt.Output = None,
    no_color: opt.NoColor = False,
    enable_telemetry: opt.EnableTelemetry = False,  # noqa: ARG001
    disable_telemetry: opt.DisableTelemetry = False,  # noqa: ARG001
) -> None:
    """List the tasks, by group. With -o quiet: a line a task, with a tab before its description."""
    common = opt.Common(config_file=config_file, output=output, no_color=no_color)
    before = opt.before(ctx)
    print_tasks(before, opt.merge(before.common, common), as_json=as_json)


def print_tasks(before: opt.Before, common: opt.Common, *, as_json: bool) -> None:
    """Print the tasks of the project that the options name."""
    from taskrunner.output import task_list

    project = load_project(common, before.usage)
    if as_json or common.output == "json":
        print(task_list.as_json(project))
    elif common.output == "quiet":
        print(task_list.machine(project))
    else:
        print(task_list.human(project))
