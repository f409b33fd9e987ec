"""The times of a project's last runs, kept on this machine: names from its config and numbers, no more.

A line of JSON a run, in the project's folder of `~/.taskrunner`. A line that cannot be read is passed over.
"""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

from taskrunner.execution.spans import Span
from taskrunner.host.state import ensure_folder, private, read_own
from taskrunner.records import NamedTuple
from taskrunner.skipping.records import project_folder
from taskrunner.timeline.model import TaskRow, Timeline

__all__ = ["PastRun", "PastStep", "recall", "remember"]

_VERSION: Final = 1

_KEPT: Final = 100
"""Runs that are left when a file is cut."""

_FULL: Final = 400_000
"""Bytes from which a file is cut."""


class PastStep(NamedTuple):
    """Something that a run did. What it works on is known by its name in the config."""

    kind: str
    """As in `Span`."""
    subject: str
    number: int
    """Which of a container's set-up commands; 0 for other kinds."""
    seconds: float
    critical: bool
    """Whether the run waited for it."""


class PastRun(NamedTuple):
    """A run of the past."""

    at: float
    """When it began: seconds since the epoch."""
    task: str
    """The task that was named."""
    seconds: float
    exit_code: int
    steps: tuple[PastStep, ...]


def remember(environment: Mapping[str, str], directory: str, timeline: Timeline) -> None:
    """Add a run to its project's file. A disk that refuses costs the record, never the run."""
    line = json.dumps(_line(timeline), separators=(",", ":")).encode() + b"\n"
    path = _file(environment, directory)
    try:
        ensure_folder(environment, "projects")
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        # One write of a whole line: runs at the same time do not mix theirs.
        descriptor = private(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(descriptor, line)
            full = os.fstat(descriptor).st_size > _FULL
        finally:
            os.close(descriptor)
        if full:
            _cut(path)
    except OSError:
        return


def recall(environment: Mapping[str, str], directory: str) -> list[PastRun]:
    """Return the runs that are remembered of the project in a directory, oldest first."""
    try:
        text = read_own(_file(environment, directory)).decode(errors="replace")
    except OSError:
        return []
    return [run for line in text.split("\n") if (run := _run(line)) is not None]


def _file(environment: Mapping[str, str], directory: str) -> str:
    return os.path.join(project_folder(environment, directory), "timings.jsonl")


def _cut(path: str) -> None:
    with open(path, "rb") as file:
        lines = file.readlines()[-_KEPT:]
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "wb", opener=private) as file:
        file.writelines(lines)
    os.replace(temporary, path)


def _line(timeline: Timeline) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "at": round(timeline.began, 3),
        "task": timeline.tasks[-1].name if timeline.tasks else "",
        "seconds": round(timeline.seconds, 3),
        "exitCode": timeline.exit_code,
        "steps": [
            [step.kind, step.subject, step.number, round(step.seconds, 3), step.critical]
            for task in timeline.tasks
            for step in _steps(task)
        ],
    }


def _steps(task: TaskRow) -> Iterable[PastStep]:
    bars = sorted({bar for row in task.rows for bar in row.bars}, key=lambda bar: bar.start)
    setups: dict[str, int] = {}
    for bar in bars:
        span = bar.span
        if _is_of_interest(span, critical=bar.critical):
            number = 0
            if span.kind == "SetupCommand":
                number = setups[span.subject] = setups.get(span.subject, 0) + 1
            yield PastStep(span.kind, span.subject, number, span.seconds, bar.critical)


def _is_of_interest(span: Span, *, critical: bool) -> bool:
    """Return whether a span says where time went: a dependency runs as long as its task does."""
    return span.kind not in ("BuildStep", "OpenShell") and (critical or span.kind != "RunContainer")


def _run(line: str) -> PastRun | None:
    try:
        value = json.loads(line)
        if value["version"] != _VERSION:
            return None
        steps = tuple(
            PastStep(str(kind), str(subject), int(number), float(seconds), bool(critical))
            for kind, subject, number, seconds, critical in value["steps"]
        )
        return PastRun(
            float(value["at"]), str(value["task"]), float(value["seconds"]), int(value["exitCode"]), steps
        )
    except (ValueError, TypeError, KeyError):
        return None
