"""A shell in place of a task's command."""

from typing import Final

from taskrunner.errors import UserError
from taskrunner.plan.model import RunPlan

__all__ = ["SHELL_COMMAND", "SHELL_ENTRYPOINT", "with_shell"]

SHELL_ENTRYPOINT: Final = ("/bin/sh", "-c")
SHELL_COMMAND: Final = ("command -v bash >/dev/null 2>&1 && exec bash; exec sh",)
"""Every image that has a shell has this one; people expect the other where there is one."""


def with_shell(plan: RunPlan) -> RunPlan:
    """Return a plan whose last task runs a shell in its main container instead of its command.

    Raises UserError for a task that has no container of its own.
    """
    *earlier, task = plan.tasks
    if task.main is None:
        raise UserError(
            "plan.shell-without-container",
            f"Task '{task.name}' only has prerequisites: there is no container to open a shell in.",
            "Name one of its prerequisites.",
        )
    main = task.containers[task.main]._replace(
        entrypoint=SHELL_ENTRYPOINT, command=SHELL_COMMAND, command_text="a shell"
    )
    changed = task._replace(containers={**task.containers, task.main: main})
    return plan._replace(tasks=(*earlier, changed))
