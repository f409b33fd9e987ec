"""Print the tasks of a project, once the command line is read."""

from taskrunner.cli import arguments as args
from taskrunner.cli.project import load_project

__all__ = ["print_tasks"]


def print_tasks(before: args.Before, common: args.Common, *, as_json: bool) -> None:
    """Print the tasks of the project that the options name."""
    from taskrunner.output import task_list

    project = load_project(common, before.usage)
    if as_json or common.output == "json":
        print(task_list.as_json(project))
    elif common.output == "quiet":
        print(task_list.machine(project))
    else:
        print(task_list.human(project))
