"""What charts over time have in common: a grid, an axis of numbers, and names of weeks below."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from telemetry.collector.dashboard.charts.scales import thousands, ticks
from telemetry.collector.dashboard.charts.svg import drawing, line, text

__all__ = ["Frame", "chart", "frame_of"]


class Frame(NamedTuple):
    """Where things are drawn."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    @property
    def inner(self) -> float:
        """The width of the field."""
        return self.width - self.left - self.right

    def y(self, value: float) -> float:
        """Return the height of a number."""
        field = self.height - self.top - self.bottom
        if self.logarithmic:
            first, last = math.log10(self.ticks[0]), math.log10(self.ticks[-1])
            return self.top + field * (1 - (math.log10(max(value, self.ticks[0])) - first) / (last - first))
        return self.top + field * (1 - value / self.ticks[-1])

    def x(self, place: int, places: int) -> float:
        """Return the middle of one of several equal parts."""
        return self.left + self.inner * (place + 0.5) / places

    def grid(self, label: Callable[[float], str] = thousands) -> Iterator[str]:
        """Give the lines and numbers of the axis."""
        for place, tick in enumerate(self.ticks):
            y = self.y(tick)
            yield line(self.left, y, self.width - self.right, y, "grid" if place else "axis")
            yield text(self.left - 8, y + 4, label(tick), "tick", "end")

    def names(self, names: Sequence[str]) -> Iterator[str]:
        """Give the names below, as many as there is room for; the last one always."""
        each = max(1, -(-len(names) * 38 // max(1, int(self.inner))))
        for place, name in enumerate(names):
            if (len(names) - 1 - place) % each == 0:
                yield text(self.x(place, len(names)), self.height - self.bottom + 18, name, "tick", "middle")


def chart(
    frame: Frame,
    names: Sequence[str],
    label: Callable[[float], str],
    marks: Iterable[str],
    *,
    title: str,
    description: str,
    class_: str = "",
) -> str:
    """Draw marks over the axes: numbers beside them, names below."""
    parts = [*frame.grid(label), *frame.names(names), *marks]
    size = (frame.width, frame.height)
    return drawing(*size, parts, title=title, description=description, class_=f"chart {class_}".strip())


def frame_of(
    width: float, height: float, largest: float, *, right: float = 10.0, left: float = 46.0
) -> Frame:
    """Return a frame for numbers up to the largest."""
    return Frame(width, height, left, right, 14.0, 28.0, tuple(ticks(largest)))
