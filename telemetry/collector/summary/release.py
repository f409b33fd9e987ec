"""Which numbers may be public: the rules, as pure functions over counts.

A cell is published if at least `least` people are in it. Cells that are not are pooled into one, which
takes in further cells until it is large enough to hide each of them. The cells that come out add up to
all that went in, and each is empty or large enough. So whatever is added or subtracted within such a
division gives only sums of its cells. Groups that overlap with those of another division without being
in it, such as the people of a day or a month, are published in whole tens, so that no difference is exact.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

__all__ = ["LEAST_CI_SESSIONS", "LEAST_PEOPLE", "POOLED", "Pooled", "floor_tens", "pool"]

LEAST_PEOPLE: Final = 10
"""People in a cell, each counted by one id within one ISO week."""
LEAST_CI_SESSIONS: Final = 100
"""Sessions in a cell of CI systems, whose ids are new each time and stand for nobody."""
POOLED: Final = "~"
"""The value of the cell of all that is too small to stand alone; no value of a catalogue is like it."""

_Cell = TypeVar("_Cell")


class Pooled(NamedTuple):
    """What became of the cells of one division."""

    shown: tuple[str, ...]
    """Those that stand alone, largest first."""
    hidden: tuple[str, ...]
    """Those that are published as one, together; none where nothing is pooled."""


def pool(
    cells: Mapping[str, _Cell],
    least: int,
    size: Callable[[Sequence[_Cell]], int],
) -> Pooled | None:
    """Divide cells into those that stand alone and those that are published as one.

    `size` tells how many people are in some cells together. Returns None where nothing may be said
    because there are too few in all. Where no cell may stand alone all are in the pool, which says no
    more than the total does.
    """

    def together(values: Sequence[str]) -> int:
        return size([cells[value] for value in values])

    sizes = {value: size([cell]) for value, cell in cells.items()}
    # A fixed order among equals, so that two computations of the same data publish the same.
    order = sorted((value for value in sizes if sizes[value] > 0), key=lambda value: (-sizes[value], value))
    shown = [value for value in order if sizes[value] >= least]
    hidden = [value for value in order if sizes[value] < least]
    while hidden and not _hides([sizes[each] for each in hidden], together(hidden), least):
        if not shown:
            return Pooled((), tuple(hidden)) if together(hidden) >= least else None
        hidden.append(shown.pop())
    return Pooled(tuple(shown), tuple(hidden))


def floor_tens(number: int) -> int:
    """Return a number rounded down to tens.

    Groups that overlap are published like this: subtracting two such numbers leaves a range that is as wide
    as the threshold, so no small group can be made out in it.
    """
    return number // 10 * 10


def _hides(sizes: Sequence[int], together: int, least: int) -> bool:
    """Return whether a pool hides the size of each cell in it.

    It must be large enough itself. And where each of `n` cells has less than `least` people, a sum above
    (least - 1) * (n - 1) would tell that none is empty, and close to the top how large each is: two cells
    with 18 people have 9 each. A cell in it that is large by itself takes that certainty away.
    """
    if together < least:
        return False
    return max(sizes) >= least or together <= (least - 1) * (len(sizes) - 1)
