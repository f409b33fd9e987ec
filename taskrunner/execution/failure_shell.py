"""A shell where a task failed: a container like the failed one, started from what that left on its disk."""

from contextlib import suppress
from threading import Event, Thread
from typing import NamedTuple

from taskrunner.engine import containers, images
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.spec import ContainerSpec, HealthSpec
from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.execution.context import RunContext
from taskrunner.execution.history import History
from taskrunner.execution.interactive import lent, match_size
from taskrunner.execution.specs import Surroundings, container_spec
from taskrunner.execution.stdin import pump
from taskrunner.plan.model import PlannedContainer
from taskrunner.plan.shells import SHELL_COMMAND, SHELL_ENTRYPOINT

__all__ = ["Failed", "open_shell", "where_it_failed"]

# What Ctrl-C makes of a command: who pressed it wants to leave, not to look around.
_INTERRUPTED = 130
_IN_A_CONTAINER = (e.ContainerStartFailed, e.ContainerUnhealthy, e.SetupCommandFailed)


class Failed(NamedTuple):
    """The container in which a task failed."""

    container: PlannedContainer
    created: e.ContainerCreated
    exit_code: int | None
    """None where it still runs, or never did."""
    still_runs: bool


def where_it_failed(main: str | None, history: History) -> str | None:
    """Return the container in which a task failed, or None where it did not, or in no container."""
    if history.failures:
        first = history.failures[0]
        found = first.container if isinstance(first, _IN_A_CONTAINER) else None
        return found if found in history.created else None
    return main if main is not None and history.exited.get(main, 0) not in (0, _INTERRUPTED) else None


def shell_spec(failed: Failed, around: Surroundings) -> ContainerSpec:
    """Return a container like the failed one, with a shell.

    It takes over the failed one's volumes, those without a name included. Ports and names in the network
    are the failed one's as long as that runs.
    """
    spec = container_spec(failed.container, around)
    return spec._replace(
        entrypoint=SHELL_ENTRYPOINT,
        command=SHELL_COMMAND,
        volumes_from=(failed.created.container_id,),
        health_check=HealthSpec(test=("NONE",)),
        ports=() if failed.still_runs else spec.ports,
        aliases=() if failed.still_runs else spec.aliases,
    )


def open_shell(
    context: RunContext, failed: Failed, around: Surroundings, main: str, scope: CancelScope
) -> bool:
    """Let the person look around, then remove what that took. Raises Cancelled.

    Listeners get what the shell prints as output of `main`, which they show as it is.
    """
    client, name = context.client, failed.container.name
    image_id = shell_id = None
    try:
        image_id = images.commit(client, failed.created.container_id)
        spec = shell_spec(failed, around._replace(image=image_id))
        shell_id = containers.create(client, f"{failed.created.name}-shell", spec)
        context.bus.post(e.ShellOpened(name, failed.exit_code))
        _stay(context, shell_id, main, scope)
    except EngineError as error:
        context.bus.post(e.ShellFailed(name, error.message))
        return False
    finally:
        if shell_id is not None:
            with suppress(EngineError):  # a later run sweeps it up
                containers.remove(client, shell_id)
        if image_id is not None:
            with suppress(EngineError):  # `taskrunner clean --images` finds it
                images.remove(client, image_id)
    context.bus.post(e.ShellClosed(name))
    return True


def _stay(context: RunContext, shell_id: str, main: str, scope: CancelScope) -> None:
    """Start the shell, and hand on keys and output until it ends."""
    client, source, ended = context.client, context.options.input, Event()
    has_terminal = source.terminal is not None
    attachment = containers.attach(client, shell_id, stdin=True, scope=scope, terminal=has_terminal)
    try:
        with lent(source.terminal):
            containers.start(client, shell_id)
            if source.terminal is not None:
                match_size(client, shell_id, source.terminal)
            if source.descriptor is not None:
                keys = (source.descriptor, attachment, ended, source.terminal)
                Thread(target=pump, args=keys, name="stdin", daemon=True).start()
            for stream, data in attachment.frames():
                if source.terminal is not None:
                    source.terminal.shows(data)
                context.bus.output(main, stream, data)
    finally:
        ended.set()
        attachment.close()
