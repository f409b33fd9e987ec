"""An attacker adds and subtracts all that is published of a week, and knows every value that there can be."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.publishing import Rule, week_rows
from telemetry.collector.summary.release import LEAST_PEOPLE, POOLED
from tests.support.crowds import MONDAY, catalog, counted
from tests.support.linear import Sums

VERSIONS = ("1.0", "1.1")
COLOURS = ("red", "green", "blue")
DAYS = (MONDAY, MONDAY + 1, MONDAY + 2)
PATTERNS = [days for number in (1, 2, 3) for days in combinations(DAYS, number)]
CATALOG = catalog()


class Kind(NamedTuple):
    """People who cannot be told apart by anything that is recorded of them."""

    version: str
    colour: str
    wears: bool
    days: tuple[int, ...]


KINDS = [Kind(*each) for each in product(VERSIONS, COLOURS, (True, False), PATTERNS)]
Has = Callable[[Kind], bool]


def _crowd() -> st.SearchStrategy[list[Kind]]:
    """Return crowds around the threshold, in which some kinds are frequent and others are single people."""
    few = st.lists(st.sampled_from(KINDS), min_size=0, max_size=25)
    groups = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 30)), max_size=6)
    return st.builds(
        lambda single, many: [*single, *(kind for kind, number in many for _ in range(number))], few, groups
    )


def _published(crowd: Sequence[Kind]) -> list[Row]:
    people: list[tuple[int, str, Sequence[int], dict[str, Any]]] = [
        (number, f"{kind.version}.0", kind.days, {"colour": kind.colour, "wears": kind.wears})
        for number, kind in enumerate(crowd)
    ]
    return week_rows(counted(people, CATALOG), Rule())


def _meaning(row: Row, rows: Sequence[Row]) -> Has | None:
    """Return whom an exact number counts; None for one that is rounded."""
    if row.topic != "people":
        return None
    versions = {each.version for each in rows if each.name == "active" and each.topic == "people"}
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


def _groups() -> Iterator[Has]:
    """Give groups that an attacker may be after: any value, any two, each with each version."""
    traits: list[Has] = [lambda kind, c=colour: kind.colour == c for colour in COLOURS]  # type: ignore[misc]
    traits += [lambda kind, w=wears: kind.wears == w for wears in (True, False)]  # type: ignore[misc]
    traits += [lambda kind, d=day: d in kind.days for day in DAYS]  # type: ignore[misc]
    traits += [lambda kind, n=number: len(kind.days) == n for number in (1, 2, 3)]  # type: ignore[misc]
    traits += [lambda kind, v=version: kind.version == v for version in VERSIONS]  # type: ignore[misc]
    for first, second in combinations(traits, 2):
        yield lambda kind, a=first, b=second: a(kind) and b(kind)  # type: ignore[misc]
        yield lambda kind, a=first, b=second: a(kind) and not b(kind)  # type: ignore[misc]
    for trait in traits:
        yield trait
        yield lambda kind, t=trait: not t(kind)  # type: ignore[misc]


def _members(has: Has) -> list[int]:
    return [place for place, kind in enumerate(KINDS) if has(kind)]


def _small_groups_found(rows: Sequence[Row]) -> list[int]:
    sums = Sums(len(KINDS))
    for row in rows:
        meaning = _meaning(row, rows)
        if meaning is not None:
            assert row.people is not None
            sums.learn(_members(meaning), row.people)
    found = [sums.told(_members(group)) for group in _groups()]
    return [number for number in found if number is not None and 0 < number < LEAST_PEOPLE]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_crowd())
def test_nothing_small(crowd: list[Kind]) -> None:
    """No sum or difference of published numbers is that of a group of one to nine people."""
    assert _small_groups_found(_published(crowd)) == []


@pytest.mark.long
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_crowd())
def test_nothing_small_at_length(crowd: list[Kind]) -> None:
    """Nor is it in thousands of crowds."""
    assert _small_groups_found(_published(crowd)) == []


def test_attack_works() -> None:
    """Were a cell with three people published as the rest of a total, this attacker would find it."""
    rows = [
        Row("people", "active", "people", "", "active", people=40),
        Row("people", "colour", "people", "", "red", people=25),
        Row("people", "colour", "people", "", "green", people=12),
    ]

    assert 3 in _small_groups_found(rows)
