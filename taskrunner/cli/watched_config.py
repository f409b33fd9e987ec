"""What `run --watch` needs to know of the config: which files it is, and how to read them again."""

import os
from collections.abc import Callable

from taskrunner.cli import arguments as args
from taskrunner.cli.project import read_project
from taskrunner.config.discovery import variables_files
from taskrunner.config.model import Project
from taskrunner.errors import TaskrunnerError, UserError
from taskrunner.execution.context import ConfigSource
from taskrunner.plan.model import RunPlan

__all__ = ["check_can_watch", "config_source"]


def config_source(
    project: Project,
    plan: RunPlan,
    common: args.Common,
    given: args.RunArguments,
    planned: Callable[[Project], RunPlan],
) -> ConfigSource:
    """Return where a watched run gets its plan from when its config was changed."""

    def load() -> tuple[RunPlan, ConfigSource]:
        project = read_project(common, fetch=True)
        plan = planned(project)
        check_can_watch(plan, given)
        return plan, config_source(project, plan, common, given, planned)

    variables = variables_files(given.config_vars_file, project.file, os.getcwd())
    files = (*project.files, *project.also_read, *variables, *plan.env_files)
    # By the patterns of includes rather than by their folders: tasks may write other files there.
    return ConfigSource(files, project.patterns, load, _explained)


def _explained(error: TaskrunnerError) -> str:
    from taskrunner.output.problems import render_error

    return render_error(error, colour=False, cwd=os.getcwd())


def check_can_watch(plan: RunPlan, given: args.RunArguments) -> None:
    """Raise UserError for a plan or options that make no sense together with `--watch`."""
    task = plan.tasks[-1]
    if task.main is None or all(each.files is None for each in plan.tasks):
        what = "only has prerequisites" if task.main is None else "does not say what it reads"
        raise UserError(
            "cli.nothing-to-watch",
            f"The task '{task.name}' cannot be watched: it {what}.",
            "Name a task with `run` and `inputs`, which are the files to watch.",
        )
    if given.parallel:
        raise UserError(
            "cli.watch-and-parallel",
            "--watch and --parallel exclude one another: rounds run one task after another.",
            "Leave one of them out.",
        )
    keeping = (given.no_cleanup, given.no_cleanup_after_success, given.no_cleanup_after_failure)
    if given.shell_on_failure or any(keeping):
        raise UserError(
            "cli.watch-and-keep",
            "--watch takes no option that keeps containers or opens a shell: the next round needs room.",
            "Leave one of them out.",
        )
