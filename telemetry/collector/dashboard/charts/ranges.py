"""From the median to the 95th percentile, one row a thing that takes time, on a logarithmic axis."""

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from telemetry.collector.dashboard.charts.scales import decade, duration, log_ticks, shortened
from telemetry.collector.dashboard.charts.svg import drawing, element, line, text

__all__ = ["Range", "ranges"]

_WIDTH: Final = 400.0
_ROW: Final = 27.0
_LABEL: Final = 138.0
_RIGHT: Final = 14.0
_BELOW: Final = 24.0


class Range(NamedTuple):
    """How long something takes, in milliseconds."""

    label: str
    median: float
    high: float


def ranges(found: Sequence[Range], *, title: str, description: str) -> str:
    """Draw a dot at each median and a ring at each 95th percentile."""
    marks = log_ticks(
        min((each.median for each in found), default=1), max((each.high for each in found), default=1)
    )
    height = _ROW * len(found) + _BELOW
    parts = [*_axis(marks, height), *_rows(found, marks)]
    return drawing(_WIDTH, height, parts, title=title, description=description, class_="ranges")


def _x(value: float, marks: Sequence[float]) -> float:
    first, last = math.log10(marks[0]), math.log10(marks[-1])
    share = (math.log10(max(value, marks[0])) - first) / (last - first)
    return _LABEL + (_WIDTH - _LABEL - _RIGHT) * share


def _axis(marks: Sequence[float], height: float) -> Iterator[str]:
    each = max(1, math.ceil(len(marks) / 5))
    for place, mark in enumerate(marks):
        x = _x(mark, marks)
        yield line(x, 0, x, height - _BELOW + 2, "grid")
        if place % each == 0:
            yield text(x, height - 6, decade(mark), "tick", "middle")


def _rows(found: Sequence[Range], marks: Sequence[float]) -> Iterator[str]:
    for place, each in enumerate(found):
        y = _ROW * (place + 0.5)
        low, high = _x(each.median, marks), _x(each.high, marks)
        yield text(_LABEL - 10, y + 4, shortened(each.label, 21), "label", "end")
        yield line(low, y, high, y, "span s0")
        for x, kind, word, value in ((low, "dot", "median", each.median), (high, "ring", "95 %", each.high)):
            tip = element("title", f"{each.label}, {word}: {duration(value)}")
            yield element("circle", tip, cx=x, cy=y, r=5, class_=f"{kind} s0")
