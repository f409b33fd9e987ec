"""Stored sessions, decoded into what is counted: made from the catalogue, once for each application."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import msgspec

from telemetry.catalog import Catalog, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "SEGMENTS",
    "Reader",
    "Session",
    "duration_bucket",
    "duration_of",
    "fingerprint",
    "is_release",
    "major_minor",
]

SEGMENTS: Final = ("people", "agents", "ci")
"""Who runs the program: a person, a coding agent on a person's machine, a CI system."""

BUCKETS_A_DOUBLING: Final = 8
"""A duration is known to 9 %: 8 ranges for each doubling, 250 for a month of milliseconds."""


_NOBODY: Final = (None, "none")


class Session(NamedTuple):
    """What is counted of one session."""

    segment: str
    version: str
    """As `1.4`: fixes of one minor version are counted together."""
    started: int
    """In milliseconds since 1970."""
    duration: int
    """In milliseconds."""
    values: tuple[Any, ...]
    """Of all attributes, in the order of `Reader.fields`; None is "not told"."""
    spans: Sequence[Any]
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
        segment = self._segment(values)
        return Session(segment, version, started, ended - started, values, found.spans, found.events)

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


def _bucket(milliseconds: float) -> int:
    return min(255, int(math.log2(max(0.0, milliseconds) + 1) * BUCKETS_A_DOUBLING))


_TABLED: Final = 60_000
_BUCKETS: Final = bytes(map(_bucket, range(_TABLED)))
"""Of times up to a minute, which nearly all are: looking one up takes a third of the time."""


def duration_bucket(milliseconds: float) -> int:
    """Return the range that holds a duration, from 0 to 255."""
    if 0 <= milliseconds < _TABLED:
        return _BUCKETS[int(milliseconds)]
    return _bucket(milliseconds)


def duration_of(bucket: int) -> int:
    """Return the milliseconds in the middle of a range."""
    return round(2 ** ((bucket + 0.5) / BUCKETS_A_DOUBLING) - 1)


def fingerprint(trace: str) -> str:
    """Return a trace without lines and counts: the same in every release that has the fault."""
    return re.sub(r":[0-9]+(?= |$|>)|(?<= )x[0-9]+(?= |$)", "", trace).replace("  ", " ").strip()


def _session_type(catalog: Catalog, fields: Sequence[Field]) -> Any:
    return msgspec.defstruct(
        "Stored",
        [
            ("attributes", _attributes(fields)),
            ("events", list[_tagged(catalog.events, "Event", ())]),  # type: ignore[misc]
            (
                "spans",
                list[_tagged(catalog.spans, "Span", (("startTime", datetime), ("endTime", datetime)))],  # type: ignore[misc]
            ),
        ],
        gc=False,
    )


def _tagged(entries: Sequence[Any], name: str, own: tuple[tuple[str, Any], ...]) -> Any:
    """Return the type of an event or a span: all attributes that any of its kinds has."""
    fields: dict[str, Field] = {}
    for entry in entries:
        for field in entry.attributes:
            known = fields.get(field.name)
            members = tuple(dict.fromkeys((*(known.members if known else ()), *field.members)))
            fields[field.name] = field._replace(members=members)
    names = tuple(entry.name for entry in entries)
    kind: Any = Literal[names] if names else str
    return msgspec.defstruct(
        name,
        [("type", kind), *own, ("attributes", _attributes(tuple(fields.values()), named=True))],
        gc=False,
    )


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
