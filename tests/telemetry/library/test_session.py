"""The record of a run: its form, its limits, and that it never troubles the program."""

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.catalog import Catalog
from telemetry.clock import Clock
from telemetry.record import TOP_LEVEL, faults
from telemetry.session import MOST_BYTES, Session
from tests.support.catalogs import a_catalog, a_field

USER = "11111111-1111-4111-8111-111111111111"
SESSION = "22222222-2222-4222-8222-222222222222"


class HandClock:
    """A clock that stands until it is told to go on."""

    def __init__(self, wall: float = 1_770_000_000.0) -> None:
        self.wall = wall
        self.passed = 500.0

    def clock(self) -> Clock:
        """Return the clock as a session takes it."""
        return Clock(lambda: self.wall + self.passed - 500.0, lambda: self.passed)


def a_session(catalog: Catalog | None = None, hand: HandClock | None = None, **more: Any) -> Session:
    """Return a session that stands at 2026-02-02T02:40:00Z."""
    return Session(
        catalog or a_catalog(),
        application_version=more.pop("version", "1.2.3"),
        user_id=USER,
        session_id=SESSION,
        clock=(hand or HandClock()).clock(),
        **more,
    )


def record(session: Session, *, ended: bool = True) -> dict[str, Any]:
    """Return the decoded record."""
    decoded: dict[str, Any] = json.loads(session.to_bytes(ended=ended))
    return decoded


def test_the_form_of_a_record() -> None:
    """A record has the wire format's keys in its order, UTC times, and what was recorded."""
    hand = HandClock()
    session = a_session(hand=hand, started=499.5)
    session.attribute("enumField", "green")
    session.attribute("bucketField", 5)
    hand.passed += 1.25
    session.event("Happened", size=2)
    session.span("Work", 500.0, 501.25, ok=True)
    hand.passed += 1

    found = record(session)

    assert list(TOP_LEVEL) == list(found)
    assert ("2026-02-02T02:39:59.500Z", "2026-02-02T02:40:02.250Z") == (
        found["sessionStartTime"],
        found["sessionEndTime"],
    )
    assert {"enumField": "green", "bucketField": "1-9"}.items() <= found["attributes"].items()
    assert [{"type": "Happened", "time": "2026-02-02T02:40:01.250Z", "attributes": {"size": 2}}] == found[
        "events"
    ]
    assert [
        {
            "type": "Work",
            "startTime": "2026-02-02T02:40:00.000Z",
            "endTime": "2026-02-02T02:40:01.250Z",
            "attributes": {"ok": True},
        }
    ] == found["spans"]
    assert () == faults(a_catalog(), found)


def test_a_record_says_what_it_is() -> None:
    """Level, catalogue version and the version of the consent are in the record."""
    session = a_session(a_catalog(a_field("later", since=3), version=3).at("middle", 2))

    attributes = record(session)["attributes"]

    assert ("middle", 3, 2, True) == tuple(
        attributes[name] for name in ("telemetryLevel", "catalogVersion", "consentedVersion", "ended")
    )


def test_a_run_under_way_is_told_as_such() -> None:
    """The record that a killed run leaves behind says that the run did not end."""
    assert record(a_session(), ended=False)["attributes"]["ended"] is False


def test_what_was_not_agreed_to_is_left_out() -> None:
    """Nothing above the level of the consent gets into a record, be it attribute, event or span."""
    session = a_session(a_catalog(a_field("place", level="middle")).at("basic", 1))
    session.attribute("place", "red")
    session.attribute("noSuchField", "red")
    session.event("Happened", size=1)
    session.span("Work", 500, 501)

    found = record(session)

    assert ([], []) == (found["events"], found["spans"])
    assert not {"place", "noSuchField"} & found["attributes"].keys()


def test_refused_values_are_left_out_and_counted() -> None:
    """A value that its field refuses costs itself only, and the record says how many there were."""
    session = a_session()
    session.attribute("versionField", "my own build")
    session.attribute("countField", "alice")
    session.span("Work", 500, 501, ok="alice", path="/home/alice")

    found = record(session)

    assert 3 == found["attributes"]["refusedValues"]
    assert {} == found["spans"][0]["attributes"]
    assert b"alice" not in session.to_bytes()


def test_the_same_session_gives_the_same_bytes() -> None:
    """The order in which things are recorded does not show in the bytes, and asking twice changes nothing."""
    first, second = a_session(), a_session()
    for name in ("enumField", "flagField"):
        first.attribute(name, value=True if name == "flagField" else "red")
    for name in ("flagField", "enumField"):
        second.attribute(name, value=True if name == "flagField" else "red")

    assert first.to_bytes() == second.to_bytes() == first.to_bytes()


@pytest.mark.parametrize("version", ["1.2.3.acme", "acme", "", "1.2.3+g0123abc"])
def test_a_version_that_is_none_is_not_sent(version: str) -> None:
    """A build that names itself freely is told as 0.0."""
    assert "0.0" == record(a_session(version=version))["applicationVersion"]


@pytest.mark.parametrize("time", [float("nan"), float("inf"), -float("inf"), 1e12, "soon", None])
def test_times_that_are_none_cost_their_span(time: Any) -> None:
    """A span with an impossible time is left out; the record stays whole."""
    session = a_session()
    session.span("Work", time, time)
    session.span("Work", 500, 501)

    assert 1 == len(record(session)["spans"])


def test_a_clock_that_was_set_back() -> None:
    """A span that ends before it starts has no length, and the session ends after it started."""
    session = a_session(started=600.0)
    session.span("Work", 501, 500)

    found = record(session)

    assert found["spans"][0]["startTime"] == found["spans"][0]["endTime"]
    assert () == faults(a_catalog(), found)


def test_many_spans_are_summed_up_by_type() -> None:
    """Ten thousand spans become one of their type with number, total and longest; the rare ones stay."""
    session = a_session()
    session.span("Rest", 500, 600)
    for number in range(10_000):
        session.span("Work", 500 + number, 500 + number + (3 if number == 77 else 1), ok=True)

    found = record(session)

    rest, work = sorted(found["spans"], key=lambda span: str(span["type"]))
    assert ("Rest", {}) == (rest["type"], rest["attributes"])
    assert {"summarisedSpans": 10_000, "totalDuration": 10_002_000, "longestDuration": 3000} == work[
        "attributes"
    ]
    assert ("2026-02-02T02:40:00.000Z", "2026-02-02T05:26:40.000Z") == (work["startTime"], work["endTime"])
    assert () == faults(a_catalog(), found)


def test_four_hundred_spans_keep_their_own_times() -> None:
    """Up to 400 spans nothing is summed up, and they fit."""
    session = a_session()
    for number in range(400):
        session.span("Work", 500 + number, 501 + number, ok=True)

    assert 400 == len(record(session)["spans"])
    assert len(session.to_bytes()) <= MOST_BYTES


def test_events_are_limited() -> None:
    """At most 100 events are kept, and the record says how many were not."""
    session = a_session()
    for _ in range(150):
        session.event("Happened", size=1)

    found = record(session)

    assert (100, 50) == (len(found["events"]), found["attributes"]["refusedValues"])


def test_a_record_never_passes_its_limit() -> None:
    """With the longest traces and all spans, what gives way is told by type or counted, and 64 KiB hold."""
    session = a_session()
    trace = "builtins:ValueError at " + " > ".join(["<own:unknown>"] * 250)
    for _ in range(100):
        session.event("UnhandledException", trace=trace, caughtBy="main")
    for number in range(400):
        session.span("Work", 500 + number, 501 + number)

    data = session.to_bytes()

    assert len(data) <= MOST_BYTES
    found = json.loads(data)
    assert len(found["events"]) + found["attributes"]["refusedValues"] == 100
    assert () == faults(a_catalog(), found)


def test_threads_may_record_at_once() -> None:
    """What eight threads record at the same time is all there."""
    session = a_session()

    def work() -> None:
        for number in range(40):
            session.span("Work", 500 + number, 501 + number)
            session.attribute("countField", number)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        session.to_bytes(ended=False)
    for thread in threads:
        thread.join()

    assert 320 == len(record(session)["spans"])


NAMES = st.sampled_from(
    ["enumField", "countField", "Work", "Happened", "UnhandledException", "size", "nonsense"]
)
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.text()), NAMES
)


@given(st.lists(st.tuples(st.sampled_from(["attribute", "event", "span"]), ANYTHING, ANYTHING, ANYTHING)))
def test_nothing_that_a_program_does_breaks_a_record(calls: list[tuple[str, Any, Any, Any]]) -> None:
    """Whatever is recorded, with whatever types, no call raises and the record obeys its catalogue."""
    session = a_session()
    for method, name, first, second in calls:
        if method == "attribute":
            session.attribute(name, first)
        elif method == "event":
            session.event(name, size=first, trace=second)
        else:
            session.span(name, first, second, ok=first)

    assert () == faults(a_catalog(), record(session))
