"""An attacker subtracts all that is published of a week, and knows how it was made."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.periods import day_name
from telemetry.collector.summary.publishing import Rule, week_rows
from telemetry.collector.summary.release import LEAST_PEOPLE, POOLED
from tests.collector.summary.crowds import crowds
from tests.support.attacker import Between, near, rounded_down, small_groups_found
from tests.support.crowds import MONDAY, catalog, counted

VERSIONS = ("1.0", "1.1")
COLOURS = ("red", "green", "blue")
DAYS = (MONDAY, MONDAY + 1, MONDAY + 2)
PATTERNS = [days for number in (1, 2, 3) for days in combinations(DAYS, number)]
CATALOG = catalog()
PHASES = (Phase.explicit, Phase.generate)
"""A crowd is too large to be made smaller in a time that anybody waits."""


class Kind(NamedTuple):
    """People who cannot be told apart by anything that is recorded of them."""

    version: str
    colour: str
    wears: bool
    days: tuple[int, ...]


KINDS = [Kind(*each) for each in product(VERSIONS, COLOURS, (True, False), PATTERNS)]
EVERYBODY = frozenset(range(len(KINDS)))
Has = Callable[[Kind], bool]


def _published(crowd: Sequence[Kind]) -> list[Row]:
    people: list[tuple[int, str, Sequence[int], dict[str, Any]]] = [
        (number, f"{kind.version}.0", kind.days, {"colour": kind.colour, "wears": kind.wears})
        for number, kind in enumerate(crowd)
    ]
    chance = Random(len(crowd))
    return week_rows(counted(people, CATALOG), Rule(), chance)


def _meaning(row: Row, rows: Sequence[Row]) -> Has | None:
    """Return whom a number of people counts."""
    if row.topic == "active":
        return lambda kind: row.value in map(day_name, kind.days)
    if row.topic != "people":
        return None
    versions = {each.version for each in rows if (each.topic, each.name) == ("people", "active")}
    values = {
        each.value
        for each in rows
        if (each.topic, each.name, each.version) == (row.topic, row.name, row.version)
    }
    of: dict[str, Callable[[Kind], str]] = {
        "colour": lambda kind: kind.colour,
        "wears": lambda kind: "true" if kind.wears else "false",
        "daysSeen": lambda kind: "1" if len(kind.days) == 1 else "2+",
        "active": lambda _: "active",
        "newcomer": lambda _: "returning",
        "telemetryLevel": lambda _: "full",
    }
    value = of.get(row.name, lambda _: "")

    def in_version(kind: Kind) -> bool:
        return row.version in ("", kind.version) or (row.version == POOLED and kind.version not in versions)

    def has_value(kind: Kind) -> bool:
        return value(kind) == row.value or (row.value == POOLED and value(kind) not in values)

    return lambda kind: in_version(kind) and has_value(kind)


def _members(has: Has) -> frozenset[int]:
    return frozenset(place for place, kind in enumerate(KINDS) if has(kind))


def _known(rows: Sequence[Row]) -> dict[frozenset[int], Between]:
    """Return what is published, by whom it counts."""
    known: dict[frozenset[int], Between] = {}
    for row in rows:
        meaning = _meaning(row, rows)
        if meaning is not None and row.people is not None:
            members = _members(meaning)
            # Numbers of pools are rounded down, unless they were settled with a version's, or all are in it.
            down = POOLED in (row.version, row.value) and (row.name == "active" or not row.version)
            told = rounded_down(row.people) if down and members != EVERYBODY else near(row.people)
            before = known.get(members, told)
            known[members] = Between(max(told.low, before.low), min(told.high, before.high))
    return known


def _families(rows: Sequence[Row]) -> Iterator[set[frozenset[int]]]:
    """Give the parts that one field, or one field within a version, or one value over versions makes."""
    found: dict[tuple[str, str, str], set[frozenset[int]]] = {}
    for row in rows:
        meaning = _meaning(row, rows)
        if meaning is not None:
            members = _members(meaning)
            found.setdefault((row.name, row.version, ""), set()).add(members)
            if row.version:
                found.setdefault((row.name, "", row.value), set()).add(members)
    yield from found.values()


def _small_groups_found(crowd: Sequence[Kind], rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Return the groups of one to nine people that somebody can be sure are there."""
    sizes = Counter(KINDS.index(kind) for kind in crowd)
    return small_groups_found(_known(rows), _families(rows), sizes)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(crowds(KINDS))
def test_no_small_group(crowd: list[Kind]) -> None:
    """Whatever parts are subtracted from whatever whole, one to nine people could as well be nobody."""
    assert _small_groups_found(crowd, _published(crowd)) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(crowds(KINDS))
def test_no_exact_number(crowd: list[Kind]) -> None:
    """Each number of people is a whole ten, next to the true one, and of ten people at least."""
    sizes = Counter(KINDS.index(kind) for kind in crowd)
    rows = _published(crowd)
    assert all((row.people or 0) % 10 == 0 for row in rows)
    for members, told in _known(rows).items():
        true = sum(sizes[place] for place in members)
        assert told.low <= true <= told.high
        assert true >= LEAST_PEOPLE


@pytest.mark.long
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(crowds(KINDS))
def test_no_small_group_at_length(crowd: list[Kind]) -> None:
    """Nor are they in thousands of crowds."""
    assert _small_groups_found(crowd, _published(crowd)) == []


def test_attack_works() -> None:
    """Were numbers rounded without a look at their whole, this attacker would find the three of a colour."""
    crowd = [Kind("1.0", colour, True, (MONDAY,)) for colour in ["red"] * 28 + ["blue"] * 3]
    rows = [
        Row("people", "active", "people", "", "active", people=40),
        Row("people", "colour", "people", "", "red", people=20),
    ]

    assert (3, 2) in _small_groups_found(crowd, rows)
