"""A small catalogue with a field of each kind, for tests of the telemetry library."""

from typing import Any

from telemetry.catalog import Catalog, EventType, Field, SpanType
from telemetry.standard import standard_events, standard_fields

ANSWERS: dict[str, Any] = {
    "question": "What does it answer?",
    "gathered": "It is at hand.",
    "load": "None.",
    "identifying": "It is one of few.",
    "since": 1,
    "alternatives": "None.",
    "summarised": "By value.",
    "drawn": "Bars.",
    "owner": "The authors",
    "proposal": "0001-test",
}

EXAMPLES: dict[str, Any] = {
    "flag": True,
    "count": 3,
    "bucket": "1-9",
    "enum": "red",
    "version": "1.2.3",
    "symbol": "builtins:ValueError at <stdlib>",
    "duration": 1500,
    "time": "2026-02-03T04:05:06Z",
    "id": "6f0a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b",
}
MEMBERS = {"enum": ("red", "green", "other"), "bucket": ("0", "1-9", "10+")}


def a_field(name: str = "colour", kind: str = "enum", level: str = "basic", **changes: Any) -> Field:
    """Return a field with all its answers."""
    given = {"example": EXAMPLES.get(kind, "x"), "members": MEMBERS.get(kind, ()), **ANSWERS, **changes}
    return Field(name=name, kind=kind, level=level, **given)


def an_event(name: str = "Happened", level: str = "full", **changes: Any) -> EventType:
    """Return a kind of event with all its answers."""
    return EventType(name=name, level=level, **{**ANSWERS, **changes})


def a_span(name: str = "Work", level: str = "full", **changes: Any) -> SpanType:
    """Return a kind of span with all its answers."""
    return SpanType(name=name, level=level, **{**ANSWERS, **changes})


def a_catalog(*more: Field, version: int = 1) -> Catalog:
    """Return a catalogue with a field `<kind>Field` of each kind, two spans and two events."""
    fields = [a_field(f"{kind}Field", kind) for kind in EXAMPLES]
    return Catalog(
        "test-app",
        version,
        [*fields, *standard_fields("The authors", "0001-test"), *more],
        [
            *standard_events("The authors", "0001-test"),
            an_event(attributes=(a_field("size", "count", "full"),)),
        ],
        [a_span(attributes=(a_field("ok", "flag", "full"),)), a_span("Rest")],
    )
