"""Stored sessions, decoded into what is counted: made from the catalogue, once for each application."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import msgspec

from telemetry.catalog import Catalog, Field
from telemetry.collector.summary.times import Times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry.entries import EventType, SpanType

__all__ = [
    "SEGMENTS",
    "Reader",
    "Session",
    "fingerprint",
    "is_release",
    "major_minor",
]

SEGMENTS: Final = ("people", "agents", "ci")
"""Who runs the program: a person, a coding agent on a person's machine, a CI system."""

_NOBODY: Final = (None, "none")


class Session(NamedTuple):
    """What is counted of one session."""

    segment: str
    version: str
    """As `1.4`: fixes of one minor version are counted together."""
    started: int
    """In milliseconds since 1970."""
    values: tuple[Any, ...]
    """Of all attributes, in the order of `Reader.fields`; None is "not told"."""
    times: tuple[int, ...]
    """How long it and its steps took: codes that `Reader.times` explains."""
    events: Sequence[Any]


class Reader:
    """Decodes the sessions of one application.

    Values are checked against the catalogue again: whatever was stored, nothing else can be counted.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.fields: tuple[Field, ...] = tuple(
            field for field in catalog.attributes if field.kind not in ("symbol", "time", "id")
        )
        self._decode = msgspec.json.Decoder(_session_type(catalog, self.fields)).decode
        self._places = {field.name: place for place, field in enumerate(self.fields)}
        self._segment = self._segment_reader()
        durations = {
            field.name: self._places[field.name] for field in self.fields if field.kind == "duration"
        }
        self.times = Times(durations, self.place("commandType"))

    def place(self, name: str) -> int | None:
        """Return where an attribute stands in `Session.values`."""
        return self._places.get(name)

    def pick(self, fields: Sequence[Field]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
        """Return what takes the values of some fields out of `Session.values`."""
        places = [self._places[field.name] for field in fields]
        if len(places) == 1:
            return lambda values: (values[places[0]],)
        return itemgetter(*places) if places else lambda _: ()

    def read(self, version: str, started: int, ended: int, body: bytes) -> Session | None:
        """Return a stored session, or None where the catalogue no longer has what is in it."""
        try:
            found = self._decode(body)
        except msgspec.DecodeError:
            return None
        values = msgspec.structs.astuple(found.attributes)
        times = self.times.of(ended - started, values, found.spans)
        return Session(self._segment(values), version, started, values, times, found.events)

    def _segment_reader(self) -> Callable[[tuple[Any, ...]], str]:
        on_ci, system, agent = (self._places.get(name, -1) for name in ("onCi", "ciSystem", "codingAgent"))

        def segment(values: tuple[Any, ...]) -> str:
            # A field that the catalogue lacks is looked for behind the last value.
            values = (*values, None)
            if values[on_ci] or values[system] not in _NOBODY:
                return "ci"
            return "people" if values[agent] in _NOBODY else "agents"

        return segment


def is_release(version: str) -> bool:
    """Return whether a version is that of a release: exactly X.Y.Z. All others are development."""
    return re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version) is not None


def major_minor(version: str) -> str:
    """Return `1.4` for `1.4.2`, and `1.4` for `1.4.0.dev3`."""
    found = re.match(r"[0-9]+(?:\.[0-9]+)?", version)
    return found[0] if found else ""


def fingerprint(trace: str) -> str:
    """Return a trace without lines and counts: the same in every release that has the fault."""
    return re.sub(r":[0-9]+(?= |$|>)|(?<= )x[0-9]+(?= |$)", "", trace).replace("  ", " ").strip()


class _SpanAttributes(msgspec.Struct, gc=False, rename="camel"):
    """What is counted of a span; the rest is not even decoded."""

    failed: bool | None = None
    summarised_spans: int | None = None
    total_duration: int | None = None


def _session_type(catalog: Catalog, fields: Sequence[Field]) -> Any:
    instants = ("startTime", datetime), ("endTime", datetime)
    span = _tagged("Span", catalog.spans, *instants, ("attributes", _SpanAttributes))
    told = _attributes(_of_any(catalog.events), named=True)
    event = _tagged("Event", catalog.events, ("attributes", told))
    return msgspec.defstruct(
        "Stored",
        [
            ("attributes", _attributes(fields)),
            ("events", list[event]),  # type: ignore[valid-type]
            ("spans", list[span]),  # type: ignore[valid-type]
        ],
        gc=False,
    )


def _tagged(name: str, kinds: "Sequence[EventType | SpanType]", *members: tuple[str, Any]) -> Any:
    """Return the type of an event or a span, which is of one of some kinds."""
    names = tuple(kind.name for kind in kinds)
    return msgspec.defstruct(name, [("type", Literal[names or ("",)]), *members], gc=False)


def _of_any(kinds: "Sequence[EventType]") -> Sequence[Field]:
    """Return all attributes that any of some kinds of events has."""
    fields: dict[str, Field] = {}
    for field in chain.from_iterable(kind.attributes for kind in kinds):
        known = fields.get(field.name)
        members = tuple(dict.fromkeys((*(known.members if known else ()), *field.members)))
        fields[field.name] = field._replace(members=members)
    return tuple(fields.values())


def _attributes(fields: Sequence[Field], *, named: bool = False) -> Any:
    """Return a struct with a place for each field; those of the session have numbers for names."""
    names = [field.name if named else f"value{place}" for place, field in enumerate(fields)]
    renamed: Mapping[str, str] = {name: field.name for name, field in zip(names, fields, strict=True)}
    return msgspec.defstruct(
        "Attributes",
        [(name, _type(field) | None, None) for name, field in zip(names, fields, strict=True)],
        rename=renamed,
        gc=False,
    )


def _type(field: Field) -> Any:
    match field.kind:
        case "flag":
            return bool
        case "count" | "duration":
            return int
        case "enum" | "bucket":
            # The decoder gives the members themselves: no text is made anew for each session.
            return Literal[field.members]
        case _:
            return str
