"""A catalogue made ready to judge sessions by: one look-up and one call a value.

It says yes or no, the same as `telemetry.record.faults`, which finds the words where the answer is no.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from telemetry import values
from telemetry.catalog import Catalog
from telemetry.collector.ingest.instants import in_order, is_instant
from telemetry.collector.ingest.wire import Attributes, Session
from telemetry.entries import Field
from telemetry.record import MOST_EVENTS, MOST_SPANS

__all__ = ["Rules"]

_Check: TypeAlias = Callable[[Any], object]
_Checks: TypeAlias = Mapping[str, _Check]

_is_uuid: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").fullmatch


class Rules:
    """What sessions of one catalogue, narrowed to one consent, may hold."""

    __slots__ = ("_attributes", "_events", "_spans", "_traced", "catalog")

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._attributes = _checks(catalog.attributes)
        self._events = {kind.name: _checks(kind.attributes) for kind in catalog.events}
        self._spans = {kind.name: _checks(kind.attributes) for kind in catalog.spans}
        self._traced = {
            kind.name: names
            for kind in catalog.events
            if (names := [field.name for field in kind.attributes if field.kind == "symbol"])
        }

    def accept(self, session: Session) -> bool:
        """Return whether everything in a session is in the catalogue, and its times are in order."""
        return (
            session.applicationId == self.catalog.application_id
            and _is_uuid(session.sessionId) is not None
            and _is_uuid(session.userId) is not None
            and values.is_version(session.applicationVersion)
            and _lasts(session.sessionStartTime, session.sessionEndTime)
            and _hold(self._attributes, session.attributes)
            and self._accept_events(session)
            and self._accept_spans(session)
        )

    def traces(self, session: Session) -> list[str]:
        """Return the sanitised traces in an accepted session."""
        found = []
        for event in session.events:
            for name in self._traced.get(event.type, ()):
                trace = event.attributes.get(name)
                if isinstance(trace, str):
                    found.append(trace)
        return found

    def _accept_events(self, session: Session) -> bool:
        for event in session.events:
            checks = self._events.get(event.type)
            if checks is None or not is_instant(event.time) or not _hold(checks, event.attributes):
                return False
        return len(session.events) <= MOST_EVENTS

    def _accept_spans(self, session: Session) -> bool:
        for span in session.spans:
            checks = self._spans.get(span.type)
            if checks is None or not _lasts(span.startTime, span.endTime):
                return False
            if not _hold(checks, span.attributes):
                return False
        return len(session.spans) <= MOST_SPANS


def _lasts(start: str, end: str) -> bool:
    return is_instant(start) and is_instant(end) and in_order(start, end)


def _hold(checks: _Checks, attributes: Attributes) -> bool:
    for name, value in attributes.items():
        check = checks.get(name)
        if check is None or not (value is None or check(value)):
            return False
    return True


def _checks(fields: Iterable[Field]) -> _Checks:
    return {field.name: _check(field) for field in fields}


def _check(field: Field) -> _Check:
    """Return the quickest function that says whether a value that is not None suits a field."""
    match field.kind:
        case "flag":
            return _is_flag
        case "count":
            return _is_count
        case "duration":
            return _is_duration
        case "enum" | "bucket":
            return frozenset(field.members).__contains__
        case _:
            return lambda value: values.accepts(field, value)


def _is_flag(value: object) -> bool:
    return value is True or value is False


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= values.LARGEST_COUNT


def _is_duration(value: object) -> bool:
    return type(value) is int and 0 <= value <= values.LONGEST_DURATION
