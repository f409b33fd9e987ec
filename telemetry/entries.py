"""What a catalogue is made of: fields, kinds of events and kinds of spans, and the answers they owe."""

from typing import Final, NamedTuple, TypeAlias

__all__ = ["KINDS", "LEVELS", "SUMMARY_NAMES", "CatalogError", "Entry", "EventType", "Field", "SpanType"]

LEVELS: Final = ("none", "basic", "middle", "full")
"""How much a person agreed to, from least to most; each level includes those before it."""

KINDS: Final = ("flag", "count", "bucket", "enum", "version", "symbol", "duration", "time", "id")
"""`duration` is in whole milliseconds; `symbol` is a sanitised trace; `id` a UUID of version 4."""

SUMMARY_NAMES: Final = ("summarisedSpans", "totalDuration", "longestDuration")
"""Attributes that every span type has besides its own, for many spans told as one."""


class CatalogError(ValueError):
    """A catalogue contradicts itself, or leaves one of its questions unanswered."""


class Field(NamedTuple):
    """One thing that may be recorded, and the answers that it owes."""

    name: str
    """ASCII letters and digits, a letter first."""
    kind: str
    """One of `KINDS`."""
    level: str
    """The least level at which it is recorded: `basic`, `middle` or `full`."""
    question: str
    """The question that it helps to answer."""
    example: str | int | bool
    """A value that the field accepts."""
    gathered: str
    """How the value comes about."""
    load: str
    """What gathering it costs the person who runs the program."""
    identifying: str
    """Why it identifies nobody, or how it is kept from doing so."""
    since: int
    """The catalogue version that first had it."""
    alternatives: str
    """What was considered in its place."""
    summarised: str
    """How the collector sums it up."""
    drawn: str
    """How it is shown."""
    owner: str
    """Who answers for it."""
    proposal: str
    """Name of its proposal below `docs/telemetry/metrics/`, without `.md`."""
    until: str | None = None
    """The day, as `YYYY-MM-DD`, from which it is no longer recorded."""
    members: tuple[str, ...] = ()
    """All values of an enum (`other` among them), or all buckets: `0`, `1-9`, `10+`."""


class EventType(NamedTuple):
    """A kind of thing that happens at one instant, such as an unexpected error."""

    name: str
    level: str
    question: str
    gathered: str
    load: str
    identifying: str
    since: int
    alternatives: str
    summarised: str
    drawn: str
    owner: str
    proposal: str
    until: str | None = None
    attributes: tuple[Field, ...] = ()


class SpanType(NamedTuple):
    """A kind of thing that lasts, such as a task."""

    name: str
    level: str
    question: str
    gathered: str
    load: str
    identifying: str
    since: int
    alternatives: str
    summarised: str
    drawn: str
    owner: str
    proposal: str
    until: str | None = None
    attributes: tuple[Field, ...] = ()


Entry: TypeAlias = Field | EventType | SpanType
