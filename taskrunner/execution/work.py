"""What a step needs, bound to it at the moment it starts.

The history belongs to the main thread alone. Steps run on other threads, so they get values.
"""

from collections.abc import Callable
from threading import Lock

from taskrunner.engine.cancellation import CancelScope
from taskrunner.execution import step_runners, steps
from taskrunner.execution.context import NO_INPUT, Input, RunContext
from taskrunner.execution.history import History
from taskrunner.execution.labels import random_id
from taskrunner.execution.specs import Surroundings
from taskrunner.host.user import User, current_user
from taskrunner.plan.model import BuiltImage, PlannedContainer, PulledImage, TaskPlan

__all__ = ["Work"]


class Work:
    """Turns the steps of one task into calls without arguments that return whether they went well."""

    def __init__(self, context: RunContext, task: TaskPlan, history: History) -> None:
        self._context = context
        self._task = task
        self._history = history
        self._id = random_id()
        self.scope = CancelScope()
        """Ends what the first stage still waits for."""
        self.grace_scope = CancelScope()
        """Ends the patience of clean-up."""
        self.shell_scope = CancelScope()
        """Ends a shell that a person has open."""
        self.departures = CancelScope()
        """Ends the watch over who leaves the network."""
        self._turn = Lock()

    def of(self, step: steps.Step) -> Callable[[], bool]:
        """Return what to do for a step, given what has happened so far."""
        context = self._context
        match step:
            case steps.PullImage(source=PulledImage() as source):
                return lambda: step_runners.pull_image(context, source)
            case steps.BuildImage(source=BuiltImage() as build):
                return lambda: step_runners.build_image(context, build)
            case steps.CreateNetwork():
                return lambda: step_runners.create_network(context, self._name("network"), self.departures)
            case steps.RemoveNetwork():
                network = self._history.network or ""
                return lambda: step_runners.remove_network(context, network)
            case steps.OpenShell(container=name):
                return self._shell(name)
            case steps.CreateContainer(container=name):
                return self._creation(name)
            case steps.RunContainer(container=name):
                return self._running(name)
            case _:
                return self._of_container(step)

    def _creation(self, name: str) -> Callable[[], bool]:
        context, container = self._context, self._task.containers[name]
        around = self._around(container, self._history.image_id(container.image) or "", self._input_of(name))
        return lambda: step_runners.create_container(context, container, self._name(name), around)

    def _shell(self, name: str) -> Callable[[], bool]:
        from taskrunner.execution.failure_shell import Failed, open_shell

        context, history, main = self._context, self._history, self._task.main or name
        around = self._around(self._task.containers[name], "", context.options.input)
        failed = Failed(
            container=self._task.containers[name],
            created=history.created[name],
            exit_code=history.exited.get(name),
            still_runs=name in history.started and name not in history.exited,
        )
        return lambda: open_shell(context, failed, around, main, self.shell_scope)

    def _around(self, container: PlannedContainer, image: str, source: Input) -> Surroundings:
        context = self._context
        return Surroundings(
            image=image,
            network=self._network(),
            labels=context.labels,
            terminal=context.options.terminal,
            stdin=source.descriptor is not None,
            lent=source.terminal is not None,
            size=source.terminal.size() if source.terminal is not None else None,
            user=_user_of(container),
        )

    def _running(self, name: str) -> Callable[[], bool]:
        context, container = self._context, self._task.containers[name]
        container_id = self._history.created[name].container_id
        attach = name == self._task.main or context.options.attach_all
        source = self._input_of(name)
        return lambda: step_runners.run_container(
            context, container, container_id, attach=attach, source=source
        )

    def _of_container(
        self,
        step: steps.WaitForHealth | steps.RunSetupCommands | steps.StopContainer | steps.RemoveContainer,
    ) -> Callable[[], bool]:
        context, name = self._context, step.container
        main = name == self._task.main
        container, container_id = self._task.containers[name], self._history.created[name].container_id
        match step:
            case steps.WaitForHealth():
                from taskrunner.execution.health import wait_for_health

                return lambda: wait_for_health(context, container, container_id, self.scope, main=main)
            case steps.RunSetupCommands():
                from taskrunner.execution.setup_commands import run_setup_commands

                return lambda: run_setup_commands(context, container, container_id, self.scope, main=main)
            case steps.StopContainer():
                return lambda: step_runners.stop_container(context, container, container_id, self.grace_scope)
            case _:
                return self._removal(name, container_id)

    def _removal(self, name: str, container_id: str) -> Callable[[], bool]:
        context, history = self._context, self._history
        runs = name in history.started and name not in history.exited and name not in history.stopped
        networks = [history.network, *self._task.containers[name].networks] if history.network else []
        if not runs or not networks or context.client.survives_crowds:
            return lambda: step_runners.remove_container(context, name, container_id)
        from taskrunner.execution.departures import leave

        def leave_and_remove() -> bool:
            leave(context, container_id, networks, self._turn)
            return step_runners.remove_container(context, name, container_id)

        return leave_and_remove

    def _input_of(self, name: str) -> Input:
        """Return a container's input: only the main one of the named task has any."""
        is_the_persons = self._task.requested and name == self._task.main
        return self._context.options.input if is_the_persons else NO_INPUT

    def _network(self) -> str | None:
        """Return the network that containers join: by its name where it is still being created."""
        is_alone = self._context.options.use_network is None and not self._task.needs_network
        return None if is_alone else self._history.network or self._name("network")

    def _name(self, what: str) -> str:
        return f"{self._context.owner.project}-{what}-{self._id}"


def _user_of(container: PlannedContainer) -> User | None:
    """Return the account that a container runs as, if it is the person's: looking it up is no cheap call."""
    return current_user() if container.home_directory else None
