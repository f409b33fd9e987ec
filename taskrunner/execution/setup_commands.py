"""Set-up commands: run in a healthy container, one after another, before anything that depends on it."""

from taskrunner.engine import execs
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.execs import ExecSpec
from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.execution.context import RunContext
from taskrunner.plan.model import PlannedContainer

__all__ = ["run_setup_commands"]


def run_setup_commands(
    context: RunContext, container: PlannedContainer, container_id: str, scope: CancelScope
) -> bool:
    """Run a container's set-up commands, stopping at the first that fails."""
    bus, name = context.bus, container.name
    total = len(container.setup_commands)
    for number, setup in enumerate(container.setup_commands, start=1):
        text = setup.command.text
        bus.post(e.SetupCommandStarted(name, text, number, total))
        spec = ExecSpec(
            command=setup.command.words,
            environment=container.environment,
            working_directory=setup.working_directory or container.working_directory,
            user=None,
            privileged=container.privileged,
        )

        def hand_on(data: bytes) -> None:
            bus.output(name, "stdout", data)

        try:
            result = execs.run(
                context.client,
                container_id,
                spec,
                timeout=None,
                scope=scope,
                on_output=hand_on if context.options.attach_all else None,
            )
        except EngineError as error:
            bus.post(e.SetupCommandFailed(name, text, None, error.message))
            return False
        if result.exit_code != 0:
            bus.post(e.SetupCommandFailed(name, text, result.exit_code, result.output))
            return False
        bus.post(e.SetupCommandFinished(name, text, number, total))
    bus.post(e.ContainerReady(name))
    return True
