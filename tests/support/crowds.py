"""Sessions of made-up people, for what is counted and published of them."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from telemetry.catalog import Catalog
from telemetry.collector.summary.counting import Counting
from telemetry.collector.summary.reading import Reader, major_minor
from telemetry.collector.summary.tally import Tally
from telemetry.values import OTHER
from tests.support.catalogs import a_field

__all__ = ["DAY", "MONDAY", "catalog", "counted", "session", "stamp", "user"]

MONDAY = 20591
"""2026-05-18, in days since 1970."""
DAY = 24 * 3600 * 1000


def catalog() -> Catalog:
    """Return a catalogue with one field of each kind that is counted in a way of its own."""
    return Catalog(
        "crowd",
        1,
        [
            a_field("telemetryLevel", "enum", example="full", members=("basic", "middle", "full", OTHER)),
            a_field("colour", "enum", example="red", members=("red", "green", "blue", OTHER)),
            a_field("shape", "enum", example="round", members=("round", "square", OTHER)),
            a_field("wears", "flag", example=True),
            a_field("firstReport", "flag", example=False, summarised="Sessions a week, by value."),
            a_field("onCi", "flag", example=False),
            a_field("codingAgent", "enum", example="none", members=("none", "robot", OTHER)),
            a_field("commandType", "enum", example="run", members=("run", "list", OTHER),
                    summarised="Sessions a week, by value."),
        ],
    )  # fmt: skip


def user(number: int) -> bytes:
    """Return the id of a person; such ids are evenly spread, as those of real people are."""
    return hashlib.md5(number.to_bytes(16, "big"), usedforsecurity=False).digest()


def stamp(milliseconds: int) -> str:
    """Return an instant as a session carries it."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def session(started: int, spans: Sequence[Any] = (), events: Sequence[Any] = (), **values: Any) -> bytes:
    """Return the body of a session, as far as it is counted."""
    return json.dumps(
        {
            "attributes": {"telemetryLevel": "full", **values},
            "spans": list(spans),
            "events": list(events),
            "sessionStartTime": stamp(started),
        }
    ).encode()


def counted(people: Iterable[tuple[int, str, Sequence[int], dict[str, Any]]], known: Catalog) -> Tally:
    """Count people, given as number, version, the days on which they were there, and their values."""
    reader = Reader(known)
    counting = Counting(reader)
    for number, version, days, values in people:
        found = [
            reader.read(
                major_minor(version), day * DAY + 1000, day * DAY + 2000, session(day * DAY + 1000, **values)
            )
            for day in days
        ]
        read = [each for each in found if each is not None]
        if read:
            counting.add(user(number), read[0].segment, read)
    return counting.result()
