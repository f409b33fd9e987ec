"""Where the time of a long run went: its slowest steps, in a few lines."""

from collections.abc import Mapping
from typing import Final

from taskrunner.execution import events as e
from taskrunner.execution.recording import Recording
from taskrunner.execution.spans import Span, spans_of
from taskrunner.output.cells import clipped
from taskrunner.output.humanise import duration
from taskrunner.output.text import Colours, one_line

__all__ = ["described", "slowest_steps"]

_HOW_MANY: Final = 3

_FELT: Final = 0.1
"""Seconds below which a step is never worth a line."""

_WIDEST: Final = 100


def slowest_steps(recording: Recording, colours: Colours) -> str:
    """Return lines about the slowest steps of a run that is over; "" where none was felt."""
    mains = {event.task: event.main for event, _ in recording.events if isinstance(event, e.TaskStarted)}
    felt = [span for span in spans_of(recording.events) if _was_waited_for(span, mains)]
    slowest = sorted(felt, key=lambda span: -span.seconds)[:_HOW_MANY]
    if not slowest:
        return ""
    times = [duration(span.seconds) for span in slowest]
    width = max(map(len, times))
    lines = [f"The run took {duration(recording.seconds)}. Its slowest steps:"]
    for time, span in zip(times, slowest, strict=True):
        lines.append(colours.dim(f"  {time.rjust(width)}  {clipped(described(span), _WIDEST)}"))
    return "\n".join(lines)


def _was_waited_for(span: Span, mains: Mapping[str, str | None]) -> bool:
    """Return whether a span was felt: a dependency runs as long as its task does."""
    if span.kind == "RunContainer" and span.subject != mains.get(span.task):
        return False
    return span.kind not in ("BuildStep", "OpenShell") and span.seconds >= _FELT


_DESCRIPTIONS: Final = {
    "PullImage": "pulling {}",
    "BuildImage": "building {}",
    "BuildStep": "building {}",
    "CreateNetwork": "creating the network",
    "CreateContainer": "creating {}",
    "StartContainer": "starting {}",
    "RunContainer": "running {}",
    "WaitForHealth": "waiting for {} to become healthy",
    "OpenShell": "a shell in {}",
    "StopContainer": "stopping {}",
    "RemoveContainer": "removing {}",
    "RemoveNetwork": "removing the network",
}


def described(span: Span) -> str:
    """Return in words what a span was about."""
    subject, detail = one_line(span.subject), one_line(span.detail)
    if span.kind == "SetupCommand":
        return f"set-up command {detail} in {subject}"
    if span.kind == "RunContainer" and detail:
        return f"running {detail} in {subject}"
    text = _DESCRIPTIONS[span.kind].format(subject)
    return f"{text}: {detail}" if span.kind == "BuildStep" else text
