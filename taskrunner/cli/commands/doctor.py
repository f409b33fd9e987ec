"""`taskrunner doctor`: what is wrong with this machine or this project, and what to do."""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Final

import typer

from taskrunner.cli import arguments as args
from taskrunner.cli import options as opt
from taskrunner.cli.project import connect, read_project
from taskrunner.errors import TaskrunnerError

if TYPE_CHECKING:
    from taskrunner.config.model import Project
    from taskrunner.doctor.subject import Engine, Subject

__all__ = ["doctor"]

_BROKEN: Final = 1
"""The exit code where something is broken; see docs/reference/exit-codes.md."""


@opt.takes(opt.ENGINE, opt.TELEMETRY)
def doctor(
    ctx: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, for programs.", show_default=False)
    ] = False,
    config_file: opt.ConfigFile = None,
    no_color: opt.NoColor = False,
) -> None:
    """Say what is wrong with this machine or this project, and what to do about it.

    The exit code is 1 where something is broken, so that runs will fail.
    """
    from taskrunner.doctor.run import examine
    from taskrunner.output import findings

    before = opt.before(ctx)
    common = args.merge(before.common, args.common_of(ctx.params))
    subject = _subject(common, _telemetry(ctx))
    if subject.project is not None:
        before.usage.begin(subject.project)
    found = list(examine(subject))
    if as_json or common.output == "json":
        print(findings.as_json(found))
    else:
        from taskrunner.output.console import standard_console

        console = standard_console(no_color=common.no_color, environment=os.environ)
        console.print_out(findings.human(found, console.out_colours, os.getcwd()))
    if any(finding.level == "broken" for finding in found):
        raise typer.Exit(_BROKEN)


def _subject(common: args.Common, telemetry: str) -> "Subject":
    from taskrunner.doctor.subject import Subject

    project, no_project = _project(common)
    engine, no_engine = _engine(common)
    return Subject(
        environment=os.environ,
        folder=os.getcwd(),
        project=project,
        no_project=no_project,
        engine=engine,
        no_engine=no_engine,
        docker_context=common.docker_context,
        docker_host=common.docker_host,
        docker_config=common.docker_config,
        telemetry=telemetry,
    )


def _project(common: args.Common) -> "tuple[Project | None, TaskrunnerError | None]":
    try:
        return read_project(common), None
    except TaskrunnerError as error:
        return None, error


def _engine(common: args.Common) -> "tuple[Engine | None, TaskrunnerError | None]":
    from taskrunner.doctor.subject import look_at_engine

    try:
        return look_at_engine(connect(common)), None
    except TaskrunnerError as error:
        return None, error


def _telemetry(ctx: typer.Context) -> str:
    if find_spec("telemetry") is None:
        from taskrunner.cli.commands.telemetry import NOT_INSTALLED

        return NOT_INSTALLED
    from taskrunner.cli.commands.telemetry.state import in_one_line

    return in_one_line(ctx)
