"""What changed between a run and those before it."""

from collections.abc import Mapping, Sequence
from statistics import median

from taskrunner.records import NamedTuple
from taskrunner.timeline.history import PastRun

__all__ = ["Change", "changes"]

_MARGIN = 0.1
"""Seconds by which times differ anyway."""
_SHARE = 0.15
"""The part of a time by which it differs anyway."""
_COMPARED = 10
"""Runs that a run is compared with."""

_Key = tuple[str, str, int]


class Change(NamedTuple):
    """A step that took another time than it used to."""

    kind: str
    subject: str
    number: int
    seconds: float
    """What it took; 0 where it did not happen."""
    before: float
    """What it took in the middle of the runs before; 0 where it did not happen."""


def changes(last: PastRun, before: Sequence[PastRun]) -> list[Change]:
    """Return the steps whose times differ from those of earlier runs, largest difference first.

    Only runs of the same task are compared that ended as this one did, well or not.
    """
    alike = [run for run in before if run.task == last.task and (run.exit_code == 0) == (last.exit_code == 0)]
    alike = alike[-_COMPARED:]
    if not alike:
        return []
    now, then = _times(last), [_times(run) for run in alike]
    found = []
    for key in {*now, *(key for run in then for key in run)}:
        seconds = now.get(key, 0.0)
        usual = median(run.get(key, 0.0) for run in then)
        if abs(seconds - usual) > max(_MARGIN, _SHARE * max(seconds, usual)):
            found.append(Change(*key, seconds, usual))
    return sorted(found, key=lambda change: -abs(change.seconds - change.before))


def _times(run: PastRun) -> Mapping[_Key, float]:
    times: dict[_Key, float] = {}
    for step in run.steps:
        key = (step.kind, step.subject, step.number)
        times[key] = times.get(key, 0.0) + step.seconds
    return times
