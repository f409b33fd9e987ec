"""The check of records finds whatever is wrong, and repeats none of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.examples import sessions
from telemetry.record import TOP_LEVEL, faults
from tests.support.catalogs import a_catalog

NOW = 1_770_000_000.0


def a_record() -> dict[str, Any]:
    """Return a record with at least one event and one span."""
    for data in sessions(a_catalog(), 200, seed=1, now=NOW):
        decoded: dict[str, Any] = json.loads(data)
        if decoded["events"] and decoded["spans"]:
            return decoded
    raise AssertionError("No example has both.")


def spoilt(*path: str | int, value: Any) -> dict[str, Any]:
    """Return a record with one value changed; `...` takes the key away."""
    record = a_record()
    at: Any = record
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return record


def wrong() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give the key and the type of a fault, and a record that has it."""
    for key in TOP_LEVEL:
        yield key, "missing", spoilt(key, value=...)
        yield key, "invalid", spoilt(key, value="CANARY")
    yield "", "unknown", spoilt("CANARY", value=1)
    yield "attributes", "unknown", spoilt("attributes", "CANARY", value="x")
    yield "attributes.enumField", "invalid", spoilt("attributes", "enumField", value="CANARY")
    yield "attributes.countField", "invalid", spoilt("attributes", "countField", value=True)
    yield "attributes.countField", "invalid", spoilt("attributes", "countField", value={"CANARY": 1})
    yield "events.0", "unknown", spoilt("events", 0, "CANARY", value="x")
    yield "events.0.type", "unknown", spoilt("events", 0, "type", value="CANARY")
    yield "events.0.type", "unknown", spoilt("events", 0, "type", value=["CANARY"])
    yield "events.0.time", "invalid", spoilt("events", 0, "time", value="CANARY")
    yield "events.0.time", "missing", spoilt("events", 0, value="CANARY")
    yield "spans.0.attributes", "unknown", spoilt("spans", 0, "attributes", value={"CANARY": 1})
    yield "spans.0.attributes", "invalid", spoilt("spans", 0, "attributes", value=["CANARY"])
    yield "spans.0.startTime", "invalid", spoilt("spans", 0, "startTime", value=5)
    yield "spans.0.endTime", "invalid", spoilt("spans", 0, "endTime", value="1999-01-01T00:00:00Z")
    yield "sessionEndTime", "invalid", spoilt("sessionEndTime", value="1980-01-01T00:00:00Z")
    yield "events", "invalid", spoilt("events", value=a_record()["events"] * 101)
    yield "applicationId", "invalid", spoilt("applicationId", value="other-app")


@pytest.mark.parametrize(("key", "kind", "record"), list(wrong()))
def test_each_fault_is_found(key: str, kind: str, record: dict[str, Any]) -> None:
    """A fault is told with its place, and what was found there is not repeated."""
    found = faults(a_catalog(), record)

    assert (key, kind) in {(fault.key, fault.type) for fault in found}
    assert "CANARY" not in str(found)


@pytest.mark.parametrize("document", [None, [], "CANARY", 5, {}])
def test_other_documents_are_no_records(document: object) -> None:
    """Whatever JSON can hold besides a record is refused."""
    assert faults(a_catalog(), document)


def test_an_end_may_share_its_start() -> None:
    """Times are compared by their value, however many digits their fractions have."""
    record = spoilt("sessionStartTime", value="2026-01-01T00:00:00.5Z")
    record["sessionEndTime"] = "2026-01-01T00:00:00.500Z"

    assert () == faults(a_catalog(), record)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(TOP_LEVEL), inner),
)


@given(st.dictionaries(st.sampled_from(TOP_LEVEL), JSON))
def test_no_document_breaks_the_check(document: Any) -> None:
    """Any JSON is judged without an error, and nothing but a record passes."""
    assert faults(a_catalog(), document)


def test_examples_are_records() -> None:
    """Every random example obeys the catalogue, the same seed gives the same, and another seed others."""
    first = list(sessions(a_catalog(), 100, seed=7, now=NOW))

    assert all(() == faults(a_catalog(), json.loads(data)) for data in first)
    assert first == list(sessions(a_catalog(), 100, seed=7, now=NOW))
    assert first != list(sessions(a_catalog(), 100, seed=8, now=NOW))
    assert len({json.loads(data)["userId"] for data in first}) < 26


def test_examples_of_a_level_stay_within_it() -> None:
    """Examples for the basic level hold what that level allows, and nothing else."""
    basic = a_catalog().at("basic", 1)

    for data in sessions(basic, 50, seed=3, now=NOW):
        assert () == faults(basic, json.loads(data))
        assert [] == json.loads(data)["spans"]
