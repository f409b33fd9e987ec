"""A timeline in the format of Chrome's traces, which Perfetto and others show.

Source of the format: "Trace Event Format", the document that Chrome's developers published.
"""

import json
from collections.abc import Iterator
from typing import Any

from taskrunner.output.slowest import described
from taskrunner.timeline.model import Bar, Timeline

__all__ = ["as_trace"]


def as_trace(timeline: Timeline) -> str:
    """Return the trace as JSON: a process a task, a thread a container, and one more for its life."""
    events = [event for number, _ in enumerate(timeline.tasks, start=1) for event in _task(timeline, number)]
    other = {"run": timeline.run, "project": timeline.project, "exitCode": timeline.exit_code}
    trace = {"traceEvents": events, "displayTimeUnit": "ms", "otherData": other}
    return json.dumps(trace, indent=1)


def _task(timeline: Timeline, number: int) -> Iterator[dict[str, Any]]:
    task = timeline.tasks[number - 1]
    yield _name("process_name", number, 0, task.name)
    if task.saved is not None:
        at = round(task.start * 1e6)
        yield {"name": "skipped", "ph": "i", "s": "p", "ts": at, "pid": number, "tid": 0}
    for place, row in enumerate(task.rows):
        steps, life = 2 * place + 1, 2 * place + 2
        yield _name("thread_name", number, steps, row.name)
        yield _name("thread_name", number, life, f"{row.name} (running)")
        for bar in row.bars:
            # Events of one thread have to nest, and cleaning up begins while a container runs.
            yield _event(bar, number, life if bar.span.kind == "RunContainer" else steps)


def _event(bar: Bar, process: int, thread: int) -> dict[str, Any]:
    span = bar.span
    return {
        "name": described(span),
        "cat": span.kind,
        "ph": "X",
        "ts": round(bar.start * 1e6),
        "dur": round((bar.end - bar.start) * 1e6),
        "pid": process,
        "tid": thread,
        "args": {"detail": span.detail, "failed": span.failed, "criticalPath": bar.critical},
    }


def _name(kind: str, process: int, thread: int, name: str) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "pid": process, "tid": thread, "args": {"name": name}}
