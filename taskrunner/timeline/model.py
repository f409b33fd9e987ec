"""A run as rows of bars, one row a container, with the chain of steps that decided how long it took."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from taskrunner.execution import events as e
from taskrunner.execution.recording import Recording
from taskrunner.execution.spans import Span, spans_of
from taskrunner.records import NamedTuple
from taskrunner.timeline.critical import critical_path

__all__ = ["NETWORK", "Bar", "Row", "TaskRow", "Timeline", "timeline_of"]

NETWORK: Final = "network"
"""What the row is called that belongs to no container."""

_WITHOUT_CONTAINER: Final = frozenset({"CreateNetwork", "RemoveNetwork"})


class Bar(NamedTuple):
    """A span on the page. Times are seconds since the run began."""

    span: Span
    start: float
    end: float
    critical: bool
    """Whether the run waited for it."""


class Row(NamedTuple):
    """A container of a task, and what happened to it, in the order in which it began."""

    name: str
    bars: tuple[Bar, ...]


class TaskRow(NamedTuple):
    """A task of the run."""

    name: str
    start: float
    end: float
    exit_code: int | None
    """None where something other than the command's exit code ended it."""
    rows: tuple[Row, ...]
    waited_for: tuple[Bar, ...]
    """The chain of steps that decided how long the task took, first to last."""
    saved: float | None = None
    """How many seconds it took when it last ran, for a task that was skipped; else None."""


class Timeline(NamedTuple):
    """A whole run."""

    run: str
    project: str
    began: float
    """Seconds of the wall clock, since the epoch."""
    seconds: float
    exit_code: int
    tasks: tuple[TaskRow, ...]


def timeline_of(recording: Recording, *, wall: Callable[[], float] = time.time) -> Timeline | None:
    """Return the timeline of a run that is over; None where it never began."""
    events = recording.events
    (started, origin), (finished, ended) = (events[0], events[-1]) if events else ((None, 0.0), (None, 0.0))
    if not isinstance(started, e.RunStarted):
        return None
    spans = spans_of(events)
    return Timeline(
        run=started.run,
        project=started.project,
        began=wall() - (time.monotonic() - origin),
        seconds=ended - origin,
        exit_code=finished.exit_code if isinstance(finished, e.RunFinished) else 1,
        tasks=tuple(_tasks(events, spans, origin)),
    )


def _tasks(
    events: Sequence[tuple[e.Event, float]], spans: Sequence[Span], origin: float
) -> Iterable[TaskRow]:
    start: tuple[e.TaskStarted, float] | None = None
    for event, at in events:
        if isinstance(event, e.TaskSkipped):
            yield TaskRow(event.task, at - origin, at - origin, 0, (), (), event.seconds)
        elif isinstance(event, e.TaskStarted):
            start = (event, at)
        elif isinstance(event, e.TaskFinished | e.TaskFailed) and start is not None:
            task, began = start
            own = [span for span in spans if span.task == task.task and began <= span.start <= at]
            path = critical_path(task, own)
            bars = [Bar(span, span.start - origin, span.end - origin, span in path) for span in own]
            code = event.exit_code if isinstance(event, e.TaskFinished) else None
            yield TaskRow(
                task.task,
                began - origin,
                at - origin,
                code,
                tuple(_rows(task, bars)),
                tuple(sorted((bar for bar in bars if bar.critical), key=_start)),
            )
            start = None


def _rows(task: e.TaskStarted, bars: Iterable[Bar]) -> Iterable[Row]:
    rows: dict[str, list[Bar]] = {name: [] for name in task.containers}
    images = dict(zip(task.containers, task.images, strict=True))
    network: list[Bar] = []
    for bar in sorted(bars, key=_start):
        if bar.span.kind in _WITHOUT_CONTAINER:
            network.append(bar)
        elif bar.span.kind == "PullImage":
            # Each container that waits for an image shows that it does.
            for name in (name for name, image in images.items() if image == bar.span.subject):
                rows[name].append(bar)
        elif bar.span.subject in rows:
            rows[bar.span.subject].append(bar)
    yield from (Row(name, tuple(found)) for name, found in rows.items())
    if network:
        yield Row(NETWORK, tuple(network))


def _start(bar: Bar) -> float:
    return bar.start
