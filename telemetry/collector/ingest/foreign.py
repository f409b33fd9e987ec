"""Sessions of clients that keep to no catalogue: what ours does not have is left out before it is looked at.

batect's client sends texts as it finds them. Where an operator lets its sessions in, a word that the
catalogue lacks becomes `other`, a version loses what follows its numbers, and all else is dropped.
"""

from collections.abc import Iterable

from telemetry.catalog import Catalog
from telemetry.collector.ingest.wire import Attributes, Event, Session, Span
from telemetry.entries import Field
from telemetry.values import clean, is_version

__all__ = ["cleaned"]


def cleaned(catalog: Catalog, session: Session) -> Session:
    """Return a session with nothing in it that the catalogue does not have."""
    events = [(event, catalog.event(event.type)) for event in session.events]
    spans = [(span, catalog.span(span.type)) for span in session.spans]
    version = session.applicationVersion
    return Session(
        session.sessionId,
        session.userId,
        session.sessionStartTime,
        session.sessionEndTime,
        session.applicationId,
        # Versions of others may have a commit behind them.
        version if is_version(version) else version.partition("-")[0].partition("+")[0],
        _attributes(catalog.attributes, session.attributes),
        [
            Event(event.type, event.time, _attributes(kind.attributes, event.attributes))
            for event, kind in events
            if kind is not None
        ],
        [
            Span(span.type, span.startTime, span.endTime, _attributes(kind.attributes, span.attributes))
            for span, kind in spans
            if kind is not None
        ],
    )


def _attributes(fields: Iterable[Field], found: Attributes) -> Attributes:
    known = {field.name: field for field in fields}
    return {name: clean(known[name], value) for name, value in found.items() if name in known}
