"""Lines over time, with their names at their ends."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from telemetry.collector.dashboard.charts.frame import Frame, chart, frame_of
from telemetry.collector.dashboard.charts.scales import decade, log_ticks, shortened, thousands
from telemetry.collector.dashboard.charts.svg import element, path, text

__all__ = ["Series", "lines"]

_NAMES: Final = 74.0
_APART: Final = 14.0


class Series(NamedTuple):
    """One line; None is a gap in it."""

    name: str
    numbers: Sequence[float | None]
    class_: str


def lines(
    names: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    description: str,
    width: float = 400.0,
    height: float = 230.0,
    label: Callable[[float], str] = thousands,
    largest: float | None = None,
    logarithmic: bool = False,
    class_: str = "",
) -> str:
    """Draw lines over an axis that begins at zero, or over decades where numbers are far apart."""
    top = max((value for each in series for value in each.numbers if value is not None), default=0)
    frame = frame_of(width, height, largest or top, right=_NAMES, left=54.0)
    if logarithmic:
        least = min((value for each in series for value in each.numbers if value), default=1)
        frame = frame._replace(ticks=tuple(log_ticks(least, top)), logarithmic=True)
    marks = [mark for each in series for mark in _line(frame, names, each, label)]
    marks += _ends(frame, series)
    axis = decade if logarithmic else label
    return chart(frame, names, axis, marks, title=title, description=description, class_=class_)


def _line(frame: Frame, names: Sequence[str], series: Series, label: Callable[[float], str]) -> Iterator[str]:
    run: list[tuple[float, float]] = []
    for place, value in enumerate(series.numbers):
        if value is None:
            if len(run) > 1:
                yield path(run, f"line {series.class_}")
            run = []
            continue
        run.append((frame.x(place, len(names)), frame.y(value)))
    if len(run) > 1:
        yield path(run, f"line {series.class_}")
    for place, value in enumerate(series.numbers):
        if value is not None:
            tip = element("title", f"{names[place]} · {series.name}: {label(value)}")
            x, y = frame.x(place, len(names)), frame.y(value)
            yield element("circle", tip, cx=x, cy=y, r=3.2, class_=f"dot {series.class_}")


def _ends(frame: Frame, series: Sequence[Series]) -> Iterator[str]:
    """Give the names at the lines' ends, moved apart where they would cover each other."""
    last = [
        (frame.y(next(value for value in reversed(each.numbers) if value is not None)), each)
        for each in series
        if any(value is not None for value in each.numbers)
    ]
    above = -_APART
    for y, each in sorted(last, key=lambda found: found[0]):
        above = max(y + 4, above + _APART)
        x = frame.width - frame.right + 4
        yield text(x, above, shortened(each.name, 12), f"end {each.class_}")
