"""What a newer catalogue records that an older one did not."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry.catalog import Catalog
    from telemetry.entries import Entry, EventType, SpanType

__all__ = ["Addition", "additions", "everything"]


class Addition(NamedTuple):
    """One thing that would be recorded, and why that is asked for."""

    name: str
    """Of a field of an event or a span, the type's name, a full stop and its own."""
    level: str
    question: str
    identifying: str
    """Why it identifies nobody."""


def additions(catalog: "Catalog", level: str, version: int) -> tuple[Addition, ...]:
    """Return what the whole catalogue records at a level beyond what it recorded in a version."""
    before = {name for name, _ in _named(catalog.at(level, version))}
    now = everything(catalog.at(level, catalog.version))
    return tuple(addition for addition in now if addition.name not in before)


def everything(catalog: "Catalog") -> "tuple[Addition, ...]":
    """Return all that a catalogue may record."""
    return tuple(
        Addition(name, entry.level, entry.question, entry.identifying) for name, entry in _named(catalog)
    )


def _named(catalog: "Catalog") -> "Iterator[tuple[str, Entry]]":
    for field in catalog.attributes:
        yield field.name, field
    kinds: list[EventType | SpanType] = [*catalog.events, *catalog.spans]
    for kind in kinds:
        yield kind.name, kind
        for field in kind.attributes:
            yield f"{kind.name}.{field.name}", field
