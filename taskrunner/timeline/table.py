"""The last runs of a project, for a person and for a program."""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Final

from taskrunner.execution.spans import Span
from taskrunner.output.humanise import amount, duration
from taskrunner.output.slowest import described
from taskrunner.output.text import Colours, one_line
from taskrunner.timeline.compare import Change, changes
from taskrunner.timeline.history import PastRun, PastStep

__all__ = ["as_json", "as_table"]

_MOST: Final = 3
"""Steps that are named of a run."""

_MOST_CHANGES: Final = 8


def as_table(runs: Sequence[PastRun], limit: int, colours: Colours, *, now: float) -> str:
    """Return the last runs, oldest first: when, how long, what they waited for, what changed in the last."""
    shown = runs[-limit:]
    rows = [_cells(run, now) for run in shown]
    widths = [max(len(row[column]) for row in (_HEAD, *rows)) for column in range(len(_HEAD) - 1)]
    lines = [colours.dim(_joined(_HEAD, widths))]
    for run, row in zip(shown, rows, strict=True):
        line = _joined(row, widths)
        lines.append(line if run.exit_code == 0 else colours.red(line))
    return "\n".join([*lines, "", *_changed(runs, colours)])


_HEAD: Final = ("began", "task", "took", "exit", "waited most for")


def _cells(run: PastRun, now: float) -> tuple[str, ...]:
    most = sorted((step for step in run.steps if step.critical), key=lambda step: -step.seconds)[:_MOST]
    waited = ", ".join(f"{_words(step)} {duration(step.seconds)}" for step in most if step.seconds >= 0.05)
    return _moment(run.at, now), one_line(run.task), duration(run.seconds), str(run.exit_code), waited


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    *columns, last = row
    return "  ".join(
        [*(text.ljust(width) for text, width in zip(columns, widths, strict=True)), last]
    ).rstrip()


def _changed(runs: Sequence[PastRun], colours: Colours) -> Iterator[str]:
    last, before = runs[-1], [run for run in runs[:-1] if run.task == runs[-1].task]
    if not before:
        yield f"This is the first run of {one_line(last.task)} that is remembered, with nothing to compare."
        return
    found = changes(last, before)
    if not found:
        yield f"The last run of {one_line(last.task)} took as long as those before it, step by step."
        return
    yield f"What changed in the last run of {one_line(last.task)}:"
    for change in found[:_MOST_CHANGES]:
        difference = change.seconds - change.before
        sign = "+" if difference > 0 else "-"
        paint = colours.red if difference > 0 else colours.green
        yield f"  {paint((sign + duration(abs(difference))).rjust(8))}  {_change(change)}"
    if len(found) > _MOST_CHANGES:
        yield f"  and {amount(len(found) - _MOST_CHANGES, 'smaller change')}"


def _change(change: Change) -> str:
    what = _words(change)
    if change.before == 0.0:
        return f"{what}: {duration(change.seconds)}, and was not done before"
    if change.seconds == 0.0:
        return f"{what}: not done, and took {duration(change.before)} before"
    return f"{what}: {duration(change.seconds)}, was {duration(change.before)}"


def _words(step: PastStep | Change) -> str:
    if step.kind == "SetupCommand":
        return f"set-up command {step.number} in {one_line(step.subject)}"
    try:
        return described(Span("", step.kind, step.subject, "", 0.0, 0.0, failed=False))
    except KeyError:
        return f"{one_line(step.kind)} {one_line(step.subject)}"  # of a version that knew other steps


def _moment(at: float, now: float) -> str:
    """Return when something was: the time of day, and the day where it is another."""
    then, today = time.localtime(at), time.localtime(now)
    same_day = then[:3] == today[:3]
    return time.strftime("today %H:%M" if same_day else "%Y-%m-%d %H:%M", then)


def as_json(project: str, runs: Sequence[PastRun], limit: int) -> str:
    """Return the last runs as JSON, oldest first; no final newline."""
    return json.dumps({"project": project, "runs": [_object(run) for run in runs[-limit:]]}, indent=2)


def _object(run: PastRun) -> dict[str, object]:
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(run.at))
    return {
        "began": began,
        "task": run.task,
        "seconds": run.seconds,
        "exitCode": run.exit_code,
        "steps": [step._asdict() for step in run.steps],
    }
