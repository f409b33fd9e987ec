"""Axes that begin at zero and have round numbers, and numbers in words that people use."""

import math
from typing import Final

__all__ = ["decade", "duration", "log_ticks", "percent", "shortened", "thousands", "ticks"]

_UNITS: Final = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms"))


def ticks(largest: float, wanted: int = 4) -> list[float]:
    """Return round numbers from 0 to the first that is not below the largest."""
    if largest <= 0:
        return [0.0, 1.0]
    rough = largest / wanted
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    if step < 1 and largest >= 1:
        step = 1.0
    return [step * place for place in range(math.ceil(largest / step - 1e-9) + 1)]


def log_ticks(smallest: float, largest: float) -> list[float]:
    """Return the decades that enclose two numbers, at least two."""
    first = math.floor(math.log10(max(1.0, smallest)))
    last = max(first + 1, math.ceil(math.log10(max(1.0, largest))))
    return [10.0**power for power in range(first, last + 1)]


def thousands(value: float) -> str:
    """Return 12,345 for 12345."""
    return f"{value:,.0f}"


def percent(share: float) -> str:
    """Return a share of one as whole per cent; with a digit more below ten, where that tells something."""
    value = 100 * share
    if value and value < 0.1:
        return "<0.1 %"
    return f"{value:.1f} %" if 0 < value < 9.95 and round(value, 1) % 1 else f"{value:.0f} %"


def duration(milliseconds: float) -> str:
    """Return 840 ms, 1.2 s, 9 s, 3.5 min: two digits, in the largest unit that is not below one."""
    for size, unit in _UNITS:
        if milliseconds >= size:
            value = milliseconds / size
            shown = f"{value:.1f}".removesuffix(".0") if value < 9.95 and size > 1 else f"{value:.0f}"
            return f"{shown} {unit}"
    return "0 ms"


def shortened(words: str, most: int) -> str:
    """Return words cut to a number of characters."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def decade(milliseconds: float) -> str:
    """Return a power of ten in the unit that shows it: 10 ms, 100 s, 28 h."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:,.0f} s" if milliseconds < 1_000_000 else duration(milliseconds)
