"""Random sessions that a catalogue allows, for whoever writes a query or fills a test collector."""

import random
from collections.abc import Iterator
from typing import Any

from telemetry.catalog import Catalog
from telemetry.clock import Clock
from telemetry.entries import SUMMARY_NAMES, Field
from telemetry.session import Session
from telemetry.values import bucket_range

__all__ = ["sessions"]

_DAY = 24 * 3600.0
_LONGEST_SPAN = 120.0


def sessions(catalog: Catalog, number: int, *, seed: int, now: float) -> Iterator[bytes]:
    """Give records as they would be sent; the same seed gives the same ones.

    They lie within the 28 days before `now`, in seconds since 1970, and come from a quarter as many
    users as there are sessions.
    """
    chance = random.Random(seed)  # noqa: S311 - examples protect nothing
    users = [_uuid(chance) for _ in range(max(1, number // 4))]
    for _ in range(number):
        start = now - chance.uniform(0, 28 * _DAY)
        yield _session(catalog, chance, chance.choice(users), start)


def _session(catalog: Catalog, chance: random.Random, user: str, start: float) -> bytes:
    length = chance.uniform(0.1, 4 * _LONGEST_SPAN)
    time = [0.0]
    clock = Clock(lambda: start + time[0], lambda: time[0])
    version = f"{chance.randrange(3)}.{chance.randrange(12)}.{chance.randrange(5)}"
    session = Session(
        catalog, application_version=version, user_id=user, session_id=_uuid(chance), clock=clock
    )
    for field in _some(chance, catalog.attributes, 0.9):
        session.attribute(field.name, _value(chance, field))
    for span in _some(chance, catalog.spans, 0.7):
        for _ in range(chance.randrange(1, 4)):
            begin = chance.uniform(0, length)
            end = min(length, begin + chance.uniform(0, _LONGEST_SPAN))
            session.span(span.name, begin, end, **_values(chance, span.attributes))
    time[0] = length
    for event in _some(chance, catalog.events, 0.1):
        session.event(event.name, **_values(chance, event.attributes))
    return session.to_bytes()


def _some(chance: random.Random, entries: tuple[Any, ...], share: float) -> list[Any]:
    return [entry for entry in entries if chance.random() < share]


def _values(chance: random.Random, fields: tuple[Field, ...]) -> dict[str, str | int | bool]:
    return {field.name: _value(chance, field) for field in fields if field.name not in SUMMARY_NAMES}


def _value(chance: random.Random, field: Field) -> str | int | bool:
    """Return a value that the field accepts, small ones more often than large ones."""
    match field.kind:
        case "flag":
            return chance.random() < 0.3
        case "count":
            return int(chance.expovariate(0.15))
        case "duration":
            return int(chance.expovariate(0.0005))
        case "bucket":
            return bucket_range(chance.choice(field.members))[0]
        case "enum":
            return chance.choice(field.members)
        case "version":
            return f"{chance.randrange(1, 30)}.{chance.randrange(10)}.{chance.randrange(10)}"
        case "id":
            return _uuid(chance)
        case _:
            return field.example  # a trace or an instant makes sense only as a whole


def _uuid(chance: random.Random) -> str:
    """Return a UUID of version 4 (RFC 9562, section 5.4)."""
    digits = f"{chance.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
