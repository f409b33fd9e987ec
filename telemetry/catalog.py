"""The catalogue: everything that a program may record, each with the reasons why.

A program declares its fields, events and spans once. What it records, what the collector takes,
what a person is shown and what the documents say all come from this one list, so none of them can
differ from the others.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from telemetry.catalog_checks import by_name, check_all, check_answered
from telemetry.entries import KINDS, LEVELS, SUMMARY_NAMES, CatalogError, Entry, EventType, Field, SpanType

__all__ = ["KINDS", "LEVELS", "SUMMARY_NAMES", "Catalog", "CatalogError", "EventType", "Field", "SpanType"]

_Entry = TypeVar("_Entry", Field, EventType, SpanType)
_Kind = TypeVar("_Kind", EventType, SpanType)


class Catalog:
    """All fields, events and spans of one application, checked.

    Raises CatalogError for a missing answer, a name that is taken or badly formed, an unknown kind
    or level, an enum without `other`, buckets that overlap, or an example that its own field refuses.
    With `checked` only missing answers and taken names are looked for: what else can be wrong, and
    takes some milliseconds to find, was looked for by a test or in the catalogue that this is a part of.
    """

    __slots__ = ("_events", "_fields", "_spans", "application_id", "consented", "level", "version")

    def __init__(  # noqa: PLR0913 - the parts of a catalogue
        self,
        application_id: str,
        version: int,
        attributes: Iterable[Field],
        events: Iterable[EventType] = (),
        spans: Iterable[SpanType] = (),
        *,
        checked: bool = False,
    ) -> None:
        self.application_id = application_id
        self.version = version
        self.level = "full"
        """The level that this catalogue was narrowed to."""
        self.consented = version
        """The catalogue version that this catalogue was narrowed to."""
        self._fields = by_name(attributes)
        self._events = by_name(events)
        self._spans = by_name(_with_summary(span) for span in spans)
        entries: tuple[Entry, ...] = (*self.attributes, *self.events, *self.spans)
        check_answered(entries)
        if not checked:
            check_all(application_id, version, entries)

    @property
    def attributes(self) -> tuple[Field, ...]:
        """The fields of the session itself, in the order of their declaration."""
        return tuple(self._fields.values())

    @property
    def events(self) -> tuple[EventType, ...]:
        """The kinds of events."""
        return tuple(self._events.values())

    @property
    def spans(self) -> tuple[SpanType, ...]:
        """The kinds of spans; each has the attributes of `SUMMARY_NAMES` after its own."""
        return tuple(self._spans.values())

    def field(self, name: str) -> Field | None:
        """Return the session's field of this name."""
        return self._fields.get(name)

    def event(self, name: str) -> EventType | None:
        """Return the kind of event of this name."""
        return self._events.get(name)

    def span(self, name: str) -> SpanType | None:
        """Return the kind of span of this name."""
        return self._spans.get(name)

    def at(self, level: str, version: int, today: str = "") -> "Catalog":
        """Return what a consent covers that was given to `version` of this catalogue at `level`.

        With `today` (`YYYY-MM-DD`), entries past their end date are left out too. `version` of what
        is returned stays this catalogue's own: a collector needs it to know the rules.
        """
        scope = _Scope(LEVELS.index(level) if level in LEVELS else 0, version, today)
        narrowed = Catalog(
            self.application_id,
            self.version,
            scope.of(self.attributes),
            [event._replace(attributes=scope.of(event.attributes)) for event in scope.of(self.events)],
            [span._replace(attributes=scope.of(span.attributes)) for span in scope.of(self.spans)],
            checked=True,
        )
        narrowed.level = LEVELS[scope.level]
        narrowed.consented = min(version, self.version)
        return narrowed

    def to_json(self) -> str:
        """Return the whole catalogue as JSON, which `from_json` reads."""
        import json

        document = {
            "applicationId": self.application_id,
            "version": self.version,
            "attributes": [_plain(field) for field in self.attributes],
            "events": [_plain(event) for event in self.events],
            "spans": [_plain(span) for span in self.spans],
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    @staticmethod
    def from_json(text: str | bytes) -> "Catalog":
        """Return the catalogue that `to_json` wrote. Raises CatalogError for anything else."""
        import json

        try:
            document = json.loads(text)
            return Catalog(
                document["applicationId"],
                document["version"],
                [_field(plain) for plain in document["attributes"]],
                [_restored(EventType, plain) for plain in document["events"]],
                [_restored(SpanType, plain) for plain in document["spans"]],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, CatalogError):
                raise
            raise CatalogError(f"This is no catalogue: {type(error).__name__}.") from error


class _Scope(NamedTuple):
    """What somebody agreed to."""

    level: int
    version: int
    today: str

    def covers(self, entry: Entry) -> bool:
        over = entry.until is not None and self.today >= entry.until
        return LEVELS.index(entry.level) <= self.level and entry.since <= self.version and not over

    def of(self, entries: "tuple[_Entry, ...]") -> "tuple[_Entry, ...]":
        return tuple(entry for entry in entries if self.covers(entry))


def _with_summary(span: SpanType) -> SpanType:
    """Return a span type with the attributes that tell many of its spans as one."""
    if any(field.name in SUMMARY_NAMES for field in span.attributes):
        return span  # it was read from JSON, where they stand
    many, total, longest = SUMMARY_NAMES
    return span._replace(
        attributes=(
            *span.attributes,
            _summary(span, many, "count", "How many spans were told as one to keep the record small?", 250),
            _summary(span, total, "duration", "How long did those spans take together?", 81000),
            _summary(span, longest, "duration", "How long did the longest of them take?", 4300),
        )
    )


def _summary(span: SpanType, name: str, kind: str, question: str, example: int) -> Field:
    return Field(
        name=name,
        kind=kind,
        level=span.level,
        question=question,
        example=example,
        gathered="Added up when a record has more spans than fit into it.",
        load="An addition a span.",
        identifying="A number says nothing about who took the time.",
        since=span.since,
        alternatives="Leaving the spans out, which would lose exactly the longest sessions.",
        summarised="Together with the spans that stand alone.",
        drawn="Within the chart of the span.",
        owner=span.owner,
        proposal=span.proposal,
        until=span.until,
    )


def _plain(entry: Entry) -> dict[str, Any]:
    plain = entry._asdict()
    if not isinstance(entry, Field):
        plain["attributes"] = [_plain(field) for field in entry.attributes]
    return plain


def _field(plain: Mapping[str, Any]) -> Field:
    return Field(**{**plain, "members": tuple(plain["members"])})


def _restored(kind: type[_Kind], plain: Mapping[str, Any]) -> _Kind:
    return kind(**{**plain, "attributes": tuple(_field(each) for each in plain["attributes"])})
