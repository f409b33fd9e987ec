"""A line as small as a word, to show a direction beside a number."""

from collections.abc import Sequence
from typing import Final

from telemetry.collector.dashboard.charts.svg import element, number

__all__ = ["spark"]

_WIDTH: Final = 120.0
_HEIGHT: Final = 34.0


def spark(values: Sequence[float | None]) -> str:
    """Draw numbers over an axis that begins at zero; it repeats what a chart tells, so it has no name."""
    found = [value for value in values if value is not None]
    if len(found) < 2 or not max(found):
        return ""
    step, top = (_WIDTH - 8) / (len(found) - 1), max(found)
    places = [
        (4 + step * place, _HEIGHT - 4 - (_HEIGHT - 10) * value / top) for place, value in enumerate(found)
    ]
    drawn = "M" + " L".join(f"{number(x)} {number(y)}" for x, y in places)
    area = f"{drawn} L{number(places[-1][0])} {number(_HEIGHT)} L{number(places[0][0])} {number(_HEIGHT)} Z"
    return element(
        "svg",
        element("path", d=area, class_="area s0"),
        element("path", d=drawn, class_="line s0"),
        element("circle", cx=places[-1][0], cy=places[-1][1], r=3.4, class_="dot s0"),
        viewBox=f"0 0 {number(_WIDTH)} {number(_HEIGHT)}",
        class_="spark",
        aria_hidden="true",
    )
