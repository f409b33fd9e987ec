"""An attacker subtracts all that is published of a week's faults."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from telemetry.catalog import Catalog
from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.counting import Counting
from telemetry.collector.summary.publishing import Rule, week_rows
from telemetry.collector.summary.reading import Reader
from telemetry.collector.summary.release import LEAST_PEOPLE, POOLED
from tests.collector.summary.crowds import crowds
from tests.support.attacker import Between, near, rounded_down, small_groups_found
from tests.support.catalogs import a_field, an_event
from tests.support.crowds import DAY, MONDAY, catalog, session, stamp, user

VERSIONS = ("1.0", "1.1")
FAULTS = ("red", "green", "blue")
SETS = [some for number in range(3) for some in combinations(FAULTS, number)]
CATALOG = Catalog(
    "crowd",
    1,
    catalog().attributes,
    [
        an_event(
            "Crashed",
            attributes=(a_field("fault", "enum", "full", example="red", members=(*FAULTS, "other")),),
        ),
        an_event("Failed"),
    ],
)
PHASES = (Phase.explicit, Phase.generate)


class Kind(NamedTuple):
    """People who cannot be told apart by anything that is recorded of them."""

    version: str
    faults: tuple[str, ...]
    failed: bool


KINDS = [Kind(*each) for each in product(VERSIONS, SETS, (True, False))]
EVERYBODY = frozenset(range(len(KINDS)))


def _published(crowd: Sequence[Kind]) -> list[Row]:
    reader = Reader(CATALOG)
    counting = Counting(reader)
    start = MONDAY * DAY + 1000
    for number, kind in enumerate(crowd):
        events = [
            {"type": "Crashed", "time": stamp(start), "attributes": {"fault": fault}} for fault in kind.faults
        ]
        events += [{"type": "Failed", "time": stamp(start), "attributes": {}}] if kind.failed else []
        read = reader.read(kind.version, start, start + 1000, session(start, (), events))
        assert read is not None
        counting.add(user(number), read.segment, [read])
    return week_rows(counting.result(), Rule(), Random(len(crowd)))


def _members(row: Row, versions: set[str]) -> frozenset[int]:
    def holds(kind: Kind) -> bool:
        if row.version and row.version != kind.version:
            return row.version == POOLED and kind.version not in versions
        if row.topic == "people":
            return True
        if row.name == "events":
            return bool(kind.faults) if row.value == "Crashed" else kind.failed
        return row.value in kind.faults

    return frozenset(place for place, kind in enumerate(KINDS) if holds(kind))


def _told(rows: Sequence[Row]) -> Iterator[tuple[Row, frozenset[int]]]:
    versions = {row.version for row in rows if (row.topic, row.name) == ("people", "active")}
    for row in rows:
        if row.topic == "event" or (row.topic, row.name) == ("people", "active"):
            yield row, _members(row, versions)


def _known(rows: Sequence[Row]) -> dict[frozenset[int], Between]:
    known: dict[frozenset[int], Between] = {}
    for row, members in _told(rows):
        assert row.people is not None
        # A pool of versions is rounded down, unless all are in it.
        down = row.topic == "people" and row.version == POOLED and members != EVERYBODY
        told = rounded_down(row.people) if down else near(row.people)
        before = known.get(members, told)
        known[members] = Between(max(told.low, before.low), min(told.high, before.high))
    return known


def _families(rows: Sequence[Row]) -> Iterator[set[frozenset[int]]]:
    """Give the parts that one name makes in a version, and one value over versions."""
    found: dict[tuple[str, str, str], set[frozenset[int]]] = {}
    for row, members in _told(rows):
        found.setdefault((row.name, row.version, ""), set()).add(members)
        if row.version:
            found.setdefault((row.name, "", row.value), set()).add(members)
    yield from found.values()


def _attack(crowd: Sequence[Kind]) -> None:
    rows = _published(crowd)
    sizes = Counter(KINDS.index(kind) for kind in crowd)
    for members, told in _known(rows).items():
        true = sum(sizes[place] for place in members)
        assert true >= LEAST_PEOPLE
        assert told.low <= true <= told.high
    assert small_groups_found(_known(rows), _families(rows), sizes) == []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(crowds(KINDS))
def test_no_small_group(crowd: list[Kind]) -> None:
    """Whatever faults are subtracted from all who met one, one to nine people could as well be nobody."""
    _attack(crowd)


@pytest.mark.long
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(crowds(KINDS))
def test_no_small_group_at_length(crowd: list[Kind]) -> None:
    """Nor are they in thousands of crowds."""
    _attack(crowd)


def test_numbers_of_sessions() -> None:
    """How many sessions had a fault is told of each kind of event in all versions, and of nothing else."""
    rows = _published([Kind("1.0", ("red",), failed=True)] * 50 + [Kind("1.1", ("red",), failed=False)] * 50)

    told = {(row.name, row.version, row.value): row.sessions for row in rows if row.topic == "event"}
    assert told["events", "", "Crashed"] == 100
    assert told["events", "1.0", "Crashed"] is None
    assert told["Crashed.fault", "", "red"] is None
    assert ("Crashed.fault", "1.1", "red") in told
