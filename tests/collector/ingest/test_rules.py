"""The quick check of values against the one that the client uses, over many sessions, right and wrong."""

import json
import random
import time
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from taskrunner.usage_catalog import CATALOG
from telemetry import examples, values
from telemetry.collector.ingest import instants, wire
from telemetry.collector.ingest.rules import Rules
from telemetry.record import faults
from tests.support.catalogs import a_catalog
from tests.support.collector import a_session

_CATALOG = a_catalog()
_RULES = Rules(_CATALOG)
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**15),
    st.sampled_from(
        ["red", "other", "1-9", "1.2.3", "2026-02-03T04:05:06Z", "builtins:KeyError at <stdlib>"]
    ),
    st.text(max_size=6),
)
_NAMES = st.sampled_from([*(field.name for field in _CATALOG.attributes), "size", "ok", "nothing", ""])
_ATTRIBUTES = st.dictionaries(_NAMES, _VALUES, max_size=4)
_TIMES = st.one_of(
    st.just("2026-02-03T04:05:06Z"),
    st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,10})?Z?", fullmatch=True),
    st.text(max_size=30),
)


def _same(document: dict[str, Any]) -> None:
    session = msgspec.convert(document, wire.Session)
    assert _RULES.accept(session) == (faults(_CATALOG, document) == ())


@settings(deadline=None)
@given(_ATTRIBUTES, st.sampled_from(["Happened", "Work", "Rest", "UnhandledException", ""]), _ATTRIBUTES)
def test_same_answer_on_values(attributes: dict[str, Any], kind: str, inner: dict[str, Any]) -> None:
    """Quick and thorough check agree on any attributes, of the session, of events and of spans."""
    at = "2026-02-03T04:05:06.5Z"
    _same(a_session(attributes=attributes, events=[], spans=[]))
    _same(a_session(events=[{"type": kind, "time": at, "attributes": inner}]))
    _same(a_session(spans=[{"type": kind, "startTime": at, "endTime": at, "attributes": inner}]))


@settings(deadline=None)
@given(_TIMES, _TIMES)
def test_same_answer_on_times(first: str, last: str) -> None:
    """They agree on any two times, as start and end."""
    assert instants.is_instant(first) == values.is_time(first)
    _same(a_session(sessionStartTime=first, sessionEndTime=last, events=[], spans=[]))


def test_same_answer_on_damaged_sessions() -> None:
    """They agree on sessions of taskrunner with one value in each put in the place of another."""
    chance = random.Random(7)
    rules = Rules(CATALOG)
    pool: list[Any] = [None, True, 0, 7, "other", "1.2.3", "x", "2026-02-03T04:05:06.000Z"]
    verdicts = set()
    for data in examples.sessions(CATALOG, 150, seed=3, now=time.time()):
        document = json.loads(data)
        spots = [document["attributes"], *(each["attributes"] for each in document["spans"])]
        spot = chance.choice([each for each in spots if each])
        spot[chance.choice(list(spot))] = chance.choice(pool)
        verdict = rules.accept(msgspec.convert(document, wire.Session))
        assert verdict == (faults(CATALOG, document) == ())
        verdicts.add(verdict)
    assert verdicts == {True, False}


def test_instants_in_milliseconds() -> None:
    """Instants become milliseconds since 1970, whatever the digits of their fraction."""
    assert instants.milliseconds("1970-01-02T00:00:01Z") == 86_401_000
    assert instants.milliseconds("1970-01-01T00:00:00.1Z") == 100
    assert instants.milliseconds("2024-02-29T12:00:00.123456789Z") == 1709208000123
