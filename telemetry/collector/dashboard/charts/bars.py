"""Bars that lie, one a value: for shares and rankings."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from telemetry.collector.dashboard.charts.scales import percent, shortened
from telemetry.collector.dashboard.charts.svg import drawing, rect, text

__all__ = ["Bar", "bars"]

_WIDTH: Final = 400.0
_ROW: Final = 25.0
_LABEL: Final = 138.0
_NUMBER: Final = 52.0


class Bar(NamedTuple):
    """One value."""

    label: str
    share: float
    """Of one."""
    tip: str
    quiet: bool = False
    """For what is no value of its own: all others, or not told."""


def bars(found: Sequence[Bar], *, title: str, description: str) -> str:
    """Draw shares as bars whose full length is 100 %, so that charts can be compared."""
    return drawing(
        _WIDTH, _ROW * len(found) + 4, _rows(found), title=title, description=description, class_="bars"
    )


def _rows(found: Sequence[Bar]) -> Iterator[str]:
    length = _WIDTH - _LABEL - _NUMBER
    for place, bar in enumerate(found):
        y = _ROW * place + 2
        kind = "quiet" if bar.quiet else "s0"
        yield text(_LABEL - 10, y + 15.5, shortened(bar.label, 21), "label", "end")
        yield rect(_LABEL, y + 4, length, _ROW - 9, "track", r=2)
        yield rect(_LABEL, y + 4, max(1.5, length * min(1.0, bar.share)), _ROW - 9, kind, bar.tip, r=2)
        yield text(_WIDTH, y + 15.5, percent(bar.share), "value", "end")
