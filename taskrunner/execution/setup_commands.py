"""Set-up commands: run in a healthy container, one after another, before anything that depends on it."""

import codecs
import time
from collections.abc import Callable

from taskrunner import exit_codes
from taskrunner.engine import execs
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.execs import ExecResult, ExecSpec
from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.execution.context import RunContext
from taskrunner.plan.model import PlannedContainer

__all__ = ["run_setup_commands"]


# What an exec ends with where its container ends before it could run, or while it runs.
_CUT_SHORT = (None, exit_codes.NOT_EXECUTABLE, 137)
# How long the end of a container may take to show once a command in it was cut short.
_PATIENCE = 2.0
_GLANCE = 0.05


def run_setup_commands(
    context: RunContext, container: PlannedContainer, container_id: str, scope: CancelScope, *, main: bool
) -> bool:
    """Run a container's set-up commands, stopping at the first that fails.

    A main container that is done before they are takes them with it, and its exit code counts.
    """
    bus, name = context.bus, container.name
    total = len(container.setup_commands)
    for number, setup in enumerate(container.setup_commands, start=1):
        text = setup.command.text
        bus.post(e.SetupCommandStarted(name, text, number, total))
        result = _run(context, container, container_id, number, scope)
        if result.exit_code != 0:
            if main and result.exit_code in _CUT_SHORT and _has_ended(context, container_id, scope):
                return False
            bus.post(e.SetupCommandFailed(name, text, result.exit_code, result.output))
            return False
        bus.post(e.SetupCommandFinished(name, text, number, total))
    bus.post(e.ContainerReady(name))
    return True


def _run(
    context: RunContext,
    container: PlannedContainer,
    container_id: str,
    number: int,
    scope: CancelScope,
) -> ExecResult:
    """Run one command; where the engine refuses, the result has its words and no exit code."""
    setup = container.setup_commands[number - 1]
    spec = ExecSpec(
        command=setup.command.words,
        environment=container.environment,
        working_directory=setup.working_directory or container.working_directory,
        user=None,
        privileged=container.privileged,
    )
    on_output = _teller(context, container.name, number) if context.options.attach_all else None
    try:
        return execs.run(context.client, container_id, spec, timeout=None, scope=scope, on_output=on_output)
    except EngineError as error:
        return ExecResult(None, error.message)


def _teller(context: RunContext, name: str, number: int) -> Callable[[bytes], None]:
    """Return what tells listeners of a command's output as text."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def tell(data: bytes) -> None:
        context.bus.post(e.SetupCommandOutput(name, number, decoder.decode(data)))

    return tell


def _has_ended(context: RunContext, container_id: str, scope: CancelScope) -> bool:
    """Return whether a container is over, which the engine may be a moment late to say."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if context.exits.exit_code(container_id) is not None:
            return True
        scope.wait(_GLANCE)
    return False
