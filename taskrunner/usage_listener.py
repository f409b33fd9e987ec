"""A run's events as spans and failures: times and kinds, never what was worked on."""

from typing import TYPE_CHECKING, Final

from taskrunner.execution import events as e
from taskrunner.execution import steps

if TYPE_CHECKING:
    from telemetry.session import Session

__all__ = ["SpanListener"]

# Told by the events of their containers instead: one step holds starting, running and ending.
# How long a person looks around is nobody's business.
_TOLD_OTHERWISE: Final = (steps.RunContainer, steps.RunSetupCommands, steps.OpenShell)
_FAILURES: Final = (*e.FAILURES, e.CleanupFailed)


class SpanListener:
    """Turns the events of a run into spans of a session."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._open: dict[tuple[str, object], float] = {}
        self._task: tuple[int, bool] = (0, False)

    def on_event(self, event: e.Event, at: float) -> None:
        """Take note of an event; `at` is seconds of the monotonic clock."""
        if isinstance(event, _FAILURES):
            self._session.event("StepFailed", failure=type(event).__name__)
        match event:
            case e.StepStarted(step=step, number=number) if not isinstance(step, _TOLD_OTHERWISE):
                self._begin(type(step).__name__, number, at)
            case e.StepFinished(step=step, number=number, failed=failed):
                self._end(type(step).__name__, number, at, failed=failed)
            case e.TaskStarted() | e.TaskFinished() | e.TaskFailed():
                self._on_task(event, at)
            case _:
                self._on_container(event, at)

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Take no note of what a container printed."""

    def _on_task(self, event: e.TaskStarted | e.TaskFinished | e.TaskFailed, at: float) -> None:
        if isinstance(event, e.TaskStarted):
            self._task = (len(event.containers), event.main is None)
            self._begin("RunTask", None, at)
            return
        containers, prerequisites_only = self._task
        failed = isinstance(event, e.TaskFailed) or event.exit_code != 0
        self._end(
            "RunTask", None, at, failed=failed, containers=containers, prerequisitesOnly=prerequisites_only
        )

    def _on_container(self, event: e.Event, at: float) -> None:
        match event:
            case e.ContainerStarting(container=name):
                self._begin("StartContainer", name, at)
            case e.ContainerStarted(container=name):
                self._end("StartContainer", name, at, failed=False)
                self._begin("RunContainer", name, at)
            case e.ContainerStartFailed(container=name):
                self._end("StartContainer", name, at, failed=True)
            case e.ContainerExited(container=name, exit_code=code):
                self._end("RunContainer", name, at, failed=code != 0)
            case e.ContainerStopped(container=name) | e.ContainerRemoved(container=name):
                # A container that clean-up ended did what it was there for.
                self._end("RunContainer", name, at, failed=False)
            case e.SetupCommandStarted(container=name, number=number):
                self._begin("SetupCommand", (name, number), at)
            case e.SetupCommandFinished(container=name, number=number):
                self._end("SetupCommand", (name, number), at, failed=False)
            case e.SetupCommandFailed(container=name):
                self._end_all("SetupCommand", name, at)

    def _begin(self, kind: str, key: object, at: float) -> None:
        self._open[kind, key] = at

    def _end(self, kind: str, key: object, at: float, **attributes: bool | int) -> None:
        start = self._open.pop((kind, key), None)
        if start is not None:
            self._session.span(kind, start, at, **attributes)

    def _end_all(self, kind: str, container: str, at: float) -> None:
        """End a container's set-up command that is under way: its failure does not name its number."""
        for opened, key in list(self._open):
            if opened == kind and isinstance(key, tuple) and key[0] == container:
                self._end(kind, key, at, failed=True)
