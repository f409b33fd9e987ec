"""Whether a record is what its catalogue promises: the same check where it is written and received."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from telemetry.values import accepts, is_id, is_time, is_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telemetry.catalog import Catalog
    from telemetry.entries import Field

__all__ = ["MOST_EVENTS", "MOST_SPANS", "TOP_LEVEL", "Fault", "faults"]

TOP_LEVEL: Final = (
    "sessionId",
    "userId",
    "sessionStartTime",
    "sessionEndTime",
    "applicationId",
    "applicationVersion",
    "attributes",
    "events",
    "spans",
)
MOST_EVENTS: Final = 100
MOST_SPANS: Final = 2000
_LISTS: Final = {"events": MOST_EVENTS, "spans": MOST_SPANS}


class Fault(NamedTuple):
    """One thing that is wrong with a record, told without any name or value from it."""

    key: str
    """Where: names of the wire format and of the catalogue, and positions from 0."""
    type: str
    """`missing`, `unknown` or `invalid`."""
    message: str


def faults(catalog: "Catalog", document: object) -> tuple[Fault, ...]:
    """Return what is wrong with a record, decoded from JSON; nothing where it is as it must be.

    What the record holds beyond the catalogue is never repeated: it may be anything.
    """
    if type(document) is not dict:
        return (Fault("", "invalid", "A record is an object."),)
    return (*_keys("", document, TOP_LEVEL), *_who_and_when(catalog, document), *_what(catalog, document))


def _who_and_when(catalog: "Catalog", document: dict[str, Any]) -> Iterator[Fault]:
    checks = {
        "sessionId": (is_id, "It is no UUID of version 4 in lower case."),
        "userId": (is_id, "It is no UUID of version 4 in lower case."),
        "sessionStartTime": (is_time, "It is no time in UTC as RFC 3339 has it."),
        "sessionEndTime": (is_time, "It is no time in UTC as RFC 3339 has it."),
        "applicationVersion": (is_version, "It is no version."),
    }
    for key, (is_right, message) in checks.items():
        if key in document and not is_right(document[key]):
            yield Fault(key, "invalid", message)
    yield from _order("sessionEndTime", document, "sessionStartTime", "sessionEndTime")
    if "applicationId" in document and document["applicationId"] != catalog.application_id:
        yield Fault("applicationId", "invalid", "It is another application's record.")


def _what(catalog: "Catalog", document: dict[str, Any]) -> Iterator[Fault]:
    if "attributes" in document:
        yield from _attributes("attributes", document["attributes"], catalog.attributes)
    for key, most in _LISTS.items():
        if key in document and not _is_list(document, key):
            yield Fault(key, "invalid", f"It is no list, or it has more than {most} members.")
    for place, event in _list(document, "events"):
        yield from _keys(place, event, ("type", "time", "attributes"))
        if not is_time(event.get("time")):
            yield Fault(f"{place}.time", "invalid", "It is no time in UTC as RFC 3339 has it.")
        yield from _typed(place, event, {kind.name: kind.attributes for kind in catalog.events})
    for place, span in _list(document, "spans"):
        yield from _keys(place, span, ("type", "startTime", "endTime", "attributes"))
        for key in ("startTime", "endTime"):
            if not is_time(span.get(key)):
                yield Fault(f"{place}.{key}", "invalid", "It is no time in UTC as RFC 3339 has it.")
        yield from _order(f"{place}.endTime", span, "startTime", "endTime")
        yield from _typed(place, span, {kind.name: kind.attributes for kind in catalog.spans})


def _list(document: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a list's members with their places; what is no object counts as an empty one."""
    if not _is_list(document, key):
        return []
    return [
        (f"{key}.{place}", each if type(each) is dict else {}) for place, each in enumerate(document[key])
    ]


def _is_list(document: dict[str, Any], key: str) -> bool:
    return type(document.get(key)) is list and len(document[key]) <= _LISTS[key]


def _typed(place: str, part: dict[str, Any], kinds: "dict[str, tuple[Field, ...]]") -> Iterator[Fault]:
    kind = part.get("type")
    if type(kind) is not str or kind not in kinds:
        yield Fault(f"{place}.type", "unknown", "The catalogue does not have it.")
    elif "attributes" in part:
        yield from _attributes(f"{place}.attributes", part["attributes"], kinds[kind])


def _attributes(place: str, found: object, fields: "Iterable[Field]") -> Iterator[Fault]:
    if type(found) is not dict:
        yield Fault(place, "invalid", "Attributes are an object.")
        return
    known = {field.name: field for field in fields}
    for name, value in found.items():
        if name not in known:
            yield Fault(place, "unknown", "The catalogue does not have one of the names.")
        elif not accepts(known[name], value):
            yield Fault(f"{place}.{name}", "invalid", f"It is no value of the kind {known[name].kind}.")


def _keys(place: str, part: dict[str, Any], expected: tuple[str, ...]) -> Iterator[Fault]:
    for key in expected:
        if key not in part:
            yield Fault(f"{place}.{key}" if place else key, "missing", "It is missing.")
    if any(key not in expected for key in part):
        yield Fault(place, "unknown", "There are more keys than the format has.")


def _order(place: str, part: dict[str, Any], start: str, end: str) -> Iterator[Fault]:
    """Say so where an end lies before its start; both are compared by the digits that they share."""
    first, last = part.get(start), part.get(end)
    if is_time(first) and is_time(last) and _comparable(str(last)) < _comparable(str(first)):
        yield Fault(place, "invalid", "It lies before the start.")


def _comparable(time: str) -> str:
    whole, _, fraction = time.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<9}"
