"""Columns that stand, one a week, divided into parts that add up."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from telemetry.collector.dashboard.charts.frame import Frame, chart, frame_of
from telemetry.collector.dashboard.charts.scales import percent, thousands
from telemetry.collector.dashboard.charts.svg import rect

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Stack", "columns"]

_GAP: Final = 1.0


class Stack(NamedTuple):
    """One part of each column, from the bottom up."""

    name: str
    numbers: Sequence[float | None]
    class_: str


def columns(
    names: Sequence[str],
    stacks: Sequence[Stack],
    *,
    title: str,
    description: str,
    width: float = 400.0,
    height: float = 230.0,
    shares: bool = False,
    class_: str = "",
) -> str:
    """Draw columns; with `shares` each is 100 % high, else the numbers begin at zero."""
    totals = [sum(stack.numbers[place] or 0 for stack in stacks) for place in range(len(names))]
    frame = frame_of(width, height, max(totals, default=0))
    if shares:
        frame = frame._replace(ticks=(0.0, 0.25, 0.5, 0.75, 1.0))
    label = percent if shares else thousands
    marks = _columns(frame, names, stacks, totals, shares=shares)
    return chart(frame, names, label, marks, title=title, description=description, class_=class_)


def _columns(
    frame: Frame, names: Sequence[str], stacks: Sequence[Stack], totals: Sequence[float], *, shares: bool
) -> Iterator[str]:
    wide = min(46.0, frame.inner / len(names) * 0.72) if names else 0
    for place, name in enumerate(names):
        below = 0.0
        for stack in stacks:
            value = stack.numbers[place] or 0
            part = (value / totals[place] if totals[place] else 0) if shares else value
            top, bottom = frame.y(below + part), frame.y(below)
            if value:
                tip = _tip(name, stack.name, value, totals[place])
                x = frame.x(place, len(names)) - wide / 2
                yield rect(x, top, wide, bottom - top - _GAP, stack.class_, tip, r=1.5)
            below += part


def _tip(week: str, name: str, value: float, total: float) -> str:
    told: Callable[[float], str] = percent
    return f"{week} · {name}: {thousands(value)} ({told(value / total if total else 0)})"
