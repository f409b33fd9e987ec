"""An attacker who subtracts what is published, and knows how it was made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from telemetry.collector.summary.release import LEAST_PEOPLE

__all__ = ["Between", "Known", "near", "rounded_down", "small_groups_found"]

_OFF = 9


class Between(NamedTuple):
    """How many people a published number can stand for."""

    low: int
    high: int


Known = Mapping[frozenset[int], Between]
"""What is published, by the kinds of people that it counts."""


def near(published: int) -> Between:
    """Return what one of the two tens beside a number tells of it."""
    return Between(published - _OFF, published + _OFF)


def rounded_down(published: int) -> Between:
    """Return what a number tells that is known to be rounded down."""
    return Between(published, published + _OFF)


def small_groups_found(
    known: Known, families: Iterable[set[frozenset[int]]], sizes: Mapping[int, int]
) -> list[tuple[int, int]]:
    """Return the groups of one to nine people that somebody can be sure are there.

    Each published whole is taken, and from it each published part, and each family of parts. `sizes`
    are the true numbers of people of each kind.
    """
    found = []
    for whole, parts in _divisions(known, [*families]):
        left = whole.difference(*parts)
        true = sum(sizes.get(place, 0) for place in left)
        at_least = known[whole].low - sum(known[part].high for part in parts)
        if 0 < true < LEAST_PEOPLE and at_least > 0:
            found.append((true, at_least))
    return found


def _divisions(
    known: Known, families: Sequence[set[frozenset[int]]]
) -> Iterator[tuple[frozenset[int], list[frozenset[int]]]]:
    for whole in known:
        inside = [part for part in known if part < whole]
        for part in inside:
            yield whole, [part]
        for family in families:
            parts = [part for part in inside if part in family]
            for number in range(2, len(parts) + 1) if len(parts) <= 3 else (len(parts),):
                for some in combinations(parts, number):
                    yield whole, [*some]
