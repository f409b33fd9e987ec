"""A run's events as spans: what was done, to what, from when until when."""

from collections.abc import Iterable

from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.records import NamedTuple

__all__ = ["Span", "spans_of"]

# Told by the events of their containers instead: one step holds starting, running and ending.
_TOLD_OTHERWISE = (steps.RunContainer, steps.RunSetupCommands)


class Span(NamedTuple):
    """One thing that took time. Times are seconds of the monotonic clock."""

    task: str
    kind: str
    """A step's name, or `StartContainer`, `SetupCommand` or `BuildStep`."""
    subject: str
    """The container's name; for a pull the image's reference; "" for the network."""
    detail: str
    """The command or the build's instruction; "" where there is none."""
    start: float
    end: float
    failed: bool

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start


def spans_of(events: Iterable[tuple[e.Event, float]]) -> list[Span]:
    """Return the spans of a run in the order in which they ended; what never ended, ends with its task."""
    collector = _Collector()
    for event, at in events:
        collector.note(event, at)
    return collector.finished


class _Collector:
    def __init__(self) -> None:
        self.finished: list[Span] = []
        self._task = ""
        self._cleaning = False
        self._open: dict[tuple[str, object], Span] = {}

    def note(self, event: e.Event, at: float) -> None:
        match event:
            case e.TaskStarted(task=task):
                self._task, self._cleaning = task, False
            case e.CleanupStarted():
                self._cleaning = True
            case e.StepStarted(step=step, number=number) if not isinstance(step, _TOLD_OTHERWISE):
                self._begin(type(step).__name__, number, _subject(step), "", at)
            case e.StepFinished(step=step, number=number, failed=failed):
                self._end_build_steps(_subject(step), at, failed=failed)
                self._end(type(step).__name__, number, at, failed=failed)
            case e.TaskFinished() | e.TaskFailed() | e.RunFinished():
                for kind, key in list(self._open):
                    self._end(kind, key, at, failed=False)
            case e.ImageBuildProgress(container=name, stage=stage, instruction=instruction):
                self._end("BuildStep", (name, stage), at, failed=False)
                self._begin("BuildStep", (name, stage), name, instruction, at)
            case _:
                self._on_container(event, at)

    def _on_container(self, event: e.Event, at: float) -> None:
        match event:
            case e.ContainerStarting(container=name, command=command):
                self._begin("StartContainer", name, name, command or "", at)
            case e.ContainerStarted(container=name):
                starting = self._end("StartContainer", name, at, failed=False)
                self._begin("RunContainer", name, name, starting.detail if starting else "", at)
            case e.ContainerStartFailed(container=name):
                self._end("StartContainer", name, at, failed=True)
            case e.ContainerExited(container=name, exit_code=code):
                # A container that clean-up ended did what it was there for.
                self._end("RunContainer", name, at, failed=code != 0 and not self._cleaning)
            case e.ContainerStopped(container=name) | e.ContainerRemoved(container=name):
                self._end("RunContainer", name, at, failed=False)
            case e.SetupCommandStarted(container=name, command=command):
                self._begin("SetupCommand", name, name, command, at)
            case e.SetupCommandFinished(container=name) | e.SetupCommandFailed(container=name):
                self._end("SetupCommand", name, at, failed=isinstance(event, e.SetupCommandFailed))

    def _begin(self, kind: str, key: object, subject: str, detail: str, at: float) -> None:
        self._open[kind, key] = Span(self._task, kind, subject, detail, at, at, failed=False)

    def _end(self, kind: str, key: object, at: float, *, failed: bool) -> Span | None:
        begun = self._open.pop((kind, key), None)
        if begun is None:
            return None
        done = begun._replace(end=at, failed=failed)
        self.finished.append(done)
        return done

    def _end_build_steps(self, container: str, at: float, *, failed: bool) -> None:
        for kind, key in list(self._open):
            if kind == "BuildStep" and isinstance(key, tuple) and key[0] == container:
                self._end(kind, key, at, failed=failed)


def _subject(step: steps.Step) -> str:
    match step:
        case steps.PullImage(source=source):
            return source.reference
        case steps.BuildImage(source=source):
            return source.container
        case steps.CreateNetwork() | steps.RemoveNetwork():
            return ""
        case _:
            return step.container
