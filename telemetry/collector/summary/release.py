"""Which numbers may be public: the rules, as pure functions over counts.

People: a cell is published if at least `least` people are in it, as one of the two tens next to the true
number, by chance. What is published of parts is then settled with what is published of their whole: a
remainder of one to nine people must look as if it could be nobody. So nothing that is added or subtracted
tells of a small group, not even that it is there.

Sessions: one person can have any number of them, so tens hide nobody. Cells in which too few people are
go into a pool, which takes in further cells until enough are in it; what comes out adds up to all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

__all__ = [
    "LEAST_CI_SESSIONS",
    "LEAST_PEOPLE",
    "POOLED",
    "Chance",
    "Group",
    "Pooled",
    "Relation",
    "floor_tens",
    "least_of",
    "least_remainder",
    "near_ten",
    "pool",
    "settle",
    "settle_each",
]

LEAST_PEOPLE: Final = 10
"""People in a cell, each counted by one id within one ISO week."""
LEAST_CI_SESSIONS: Final = 100
"""Sessions in a cell of CI systems, whose ids are new each time and stand for nobody."""
POOLED: Final = "~"
"""The value of the cell of all that is too small to stand alone; no value of a catalogue is like it."""

_STEP: Final = 10
_OFF: Final = _STEP - 1
"""So far is a published number from the true one, at most."""

_Cell = TypeVar("_Cell")


class Chance(Protocol):
    """A source of random numbers."""

    def randrange(self, stop: int, /) -> int:
        """Return a number below `stop`, each as likely as the others."""


class Pooled(NamedTuple):
    """What became of the cells of one division."""

    shown: tuple[str, ...]
    """Those that stand alone, largest first."""
    hidden: tuple[str, ...]
    """Those that are published as one, together; none where nothing is pooled."""


class Group(NamedTuple):
    """A published group of people, which others are parts of."""

    people: int
    published: int
    floored: bool = False
    """Whether anybody knows that the number was rounded down."""

    @property
    def least(self) -> int:
        """How many people are in it at least, by what is published."""
        return self.published if self.floored else least_of(self.published)


class Relation(NamedTuple):
    """A published whole, and how many people it has that are in none of the published parts."""

    whole: int
    """The least that it can be, by what is published of it."""
    remainder: int


def near_ten(number: int, chance: Chance) -> int:
    """Return one of the two tens next to a number, the nearer one more likely, so that the mean is true."""
    low = floor_tens(number)
    return low + _STEP if chance.randrange(_STEP) < number - low else low


def least_of(published: int) -> int:
    """Return the least number that one of the two tens beside it can stand for."""
    return published - _OFF


def least_remainder(whole: int, parts: Iterable[int]) -> int:
    """Return how many are in a whole and in none of its parts, at least, by what is published.

    `whole` is the least that the whole can be.
    """
    return whole - sum(part + _OFF for part in parts)


def settle(
    relation: Relation, parts: Mapping[str, int], published: Mapping[str, int], least: int
) -> dict[str, int]:
    """Return the numbers to publish of some parts, so that a small remainder could be nobody.

    `parts` are the true numbers, `published` those to begin with. Raising one of them to its other ten is
    always enough: only numbers that were lowered can make a small remainder stand out.
    """
    settled = dict(published)
    if 0 < relation.remainder < least:
        for name in sorted(settled, key=lambda name: settled[name] - parts[name]):
            if least_remainder(relation.whole, settled.values()) <= 0:
                break
            if settled[name] < parts[name]:
                settled[name] += _STEP
    return settled


def settle_each(
    whole: Group, parts: Mapping[str, int], published: Mapping[str, int], least: int
) -> dict[str, int]:
    """Return the numbers to publish of some parts, so that no choice of them leaves a group that stands out.

    Parts may have people in common: then a few of them can make up nearly all of the whole. Such a few
    tell of a small remainder only where they were lowered little in all; one of them is raised.
    """
    settled = dict(published)
    # Bit `sum` of the number at `gap`: some parts can be `sum` people at most, and are `gap` fewer.
    sums = [1, *[0] * (least - 1)]
    limit = (1 << max(whole.least, 0)) - 1
    lowered = [name for name in sorted(parts) if published[name] < parts[name]]
    if sum(parts[name] for name in lowered) <= whole.people - least:
        return settled
    for name in sorted(lowered, key=lambda name: parts[name] - published[name]):
        most = published[name] + _OFF
        gap = most - parts[name]
        more = [
            (at | sums[place - gap] << most if place >= gap else at) & limit for place, at in enumerate(sums)
        ]
        if any(at >> max(1, whole.people - least + place + 1) for place, at in enumerate(more)):
            settled[name] += _STEP
        else:
            sums = more
    return settled


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
    """Return a number rounded down to tens."""
    return number // _STEP * _STEP


def _hides(sizes: Sequence[int], together: int, least: int) -> bool:
    """Return whether a pool hides the size of each cell in it.

    It must be large enough itself. And where each of `n` cells has less than `least` people, a sum above
    (least - 1) * (n - 1) would tell that none is empty, and close to the top how large each is: two cells
    with 18 people have 9 each. A cell in it that is large by itself takes that certainty away.
    """
    if together < least:
        return False
    return max(sizes) >= least or together <= (least - 1) * (len(sizes) - 1)
