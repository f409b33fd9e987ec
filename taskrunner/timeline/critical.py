"""Which steps decided how long a task took: each ended just before the next one could begin.

Found backwards: from what ended last, to whatever that waited for longest, as execution's rules have it.
"""

from collections.abc import Iterator, Sequence

from taskrunner.execution import events as e
from taskrunner.execution.spans import Span

__all__ = ["critical_path"]

_READINESS = ("StartContainer", "WaitForHealth", "SetupCommand", "RunContainer")
"""What ends where a dependency becomes ready; the last is that of one that has to run to its end."""

_CLOCKS = 0.05
"""Seconds by which an end may seem to come after the beginning that waited for it: events take time."""


def critical_path(task: e.TaskStarted, spans: Sequence[Span]) -> list[Span]:
    """Return the chain of a task's spans that decided when it ended, last to first."""
    # A dependency ends with the task, which is nothing that a task waits for.
    ends = (span for span in spans if span.kind != "RunContainer" or span.subject == task.main)
    path: list[Span] = []
    current = max(ends, key=lambda span: span.end, default=None)
    while current is not None and current not in path:
        path.append(current)
        current = _waited_for(task, spans, current)
    return path


def _waited_for(task: e.TaskStarted, spans: Sequence[Span], span: Span) -> Span | None:
    allowed = set(_predecessors(task, span))
    before = [
        other
        for other in spans
        if other is not span and (other.kind, other.subject) in allowed and other.end <= span.start + _CLOCKS
    ]
    return max(before, key=lambda other: other.end, default=None)


def _predecessors(task: e.TaskStarted, span: Span) -> Iterator[tuple[str, str]]:
    """Give the kinds and subjects of spans that this one may have waited for."""
    name = span.subject
    images = dict(zip(task.containers, task.images, strict=True))
    match span.kind:
        case "CreateContainer":
            yield from (("PullImage", images.get(name, "")), ("BuildImage", name), ("CreateNetwork", ""))
        case "StartContainer":
            yield "CreateContainer", name
            needs = task.dependencies[task.containers.index(name)] if task.dependencies else ()
            for needed in needs:
                yield from ((kind, needed) for kind in _READINESS)
        case "RunContainer":
            yield "StartContainer", name
        case "WaitForHealth":
            yield "StartContainer", name
        case "SetupCommand":
            yield from (("SetupCommand", name), ("WaitForHealth", name), ("StartContainer", name))
        case "StopContainer" | "RemoveContainer" | "RemoveNetwork" | "OpenShell":
            yield from _before_cleaning(task)


def _before_cleaning(task: e.TaskStarted) -> Iterator[tuple[str, str]]:
    """Give what clean-up may have waited for: the main container's end, whatever failed, earlier clean-up."""
    kinds = ("OpenShell", "StopContainer", "RemoveContainer", "WaitForHealth", "SetupCommand")
    for container in task.containers:
        yield from ((kind, container) for kind in (*kinds, "StartContainer", "CreateContainer", "BuildImage"))
    yield from (("PullImage", image) for image in task.images)
    yield "RunContainer", task.main or ""
