"""What a catalogue must satisfy before anything may be recorded by it."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from telemetry.entries import KINDS, LEVELS, CatalogError, Entry, EventType, Field, SpanType
from telemetry.values import OTHER, accepts, bucket_range

__all__ = ["by_name", "check_all", "check_answered"]

_NAME: Final = r"[a-zA-Z][a-zA-Z0-9]*"
_APPLICATION: Final = r"[a-z][a-z0-9-]{0,62}"
_PROPOSAL: Final = r"[0-9]{4}-[a-z0-9]+(?:-[a-z0-9]+)*"
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
# A member is a word of the program's own; nothing that could hold a path, an address or a sentence.
_MEMBER: Final = r"[A-Za-z0-9][A-Za-z0-9 .+_-]{0,63}"

_Named = TypeVar("_Named", Field, EventType, SpanType)


def by_name(entries: Iterable[_Named]) -> dict[str, _Named]:
    """Return entries by their names. Raises CatalogError where two have the same."""
    found: dict[str, _Named] = {}
    for entry in entries:
        if entry.name in found:
            raise CatalogError(f"The name {entry.name!r} is declared twice.")
        found[entry.name] = entry
    return found


def check_answered(entries: Sequence[Entry]) -> None:
    """Raise CatalogError for the first entry with an empty answer; takes a fraction of a millisecond."""
    for entry in entries:
        if "" in entry:
            raise CatalogError(f"{entry.name}: the answer to one of its questions is missing.")
        if not isinstance(entry, Field):
            check_answered(entry.attributes)


def check_all(application_id: str, version: int, entries: Sequence[Entry]) -> None:
    """Raise CatalogError, with the entry's name, for the first thing that is wrong."""
    if re.fullmatch(_APPLICATION, application_id) is None:
        raise CatalogError(f"The application id {application_id!r} is not lower-case letters, digits and -.")
    if type(version) is not int or version < 1:
        raise CatalogError(f"The catalogue's version {version!r} is not a whole number from 1.")
    for entry in entries:
        _check(entry, entry.name, version)


def _check(entry: Entry, place: str, version: int) -> None:
    _check_answers(entry, place)
    _check_scope(entry, place, version)
    if isinstance(entry, Field):
        _check_values(entry, place)
        return
    by_name(entry.attributes)
    for field in entry.attributes:
        _check(field, f"{entry.name}.{field.name}", version)
        if field.since < entry.since or LEVELS.index(field.level) < LEVELS.index(entry.level):
            raise CatalogError(f"{entry.name}.{field.name}: it is promised before {entry.name} is.")


def _check_answers(entry: Entry, place: str) -> None:
    for question, answer in entry._asdict().items():
        if isinstance(answer, str) and not answer.strip():
            raise CatalogError(f"{place}: the answer to {question!r} is missing.")
    if re.fullmatch(_NAME, entry.name) is None:
        raise CatalogError(f"{place}: a name is ASCII letters and digits, a letter first.")
    if re.fullmatch(_PROPOSAL, entry.proposal) is None:
        raise CatalogError(f"{place}: the proposal {entry.proposal!r} is not of the form 0001-topic.")


def _check_scope(entry: Entry, place: str, version: int) -> None:
    if entry.level not in LEVELS[1:]:
        raise CatalogError(f"{place}: the level {entry.level!r} is none of {', '.join(LEVELS[1:])}.")
    if type(entry.since) is not int or not 1 <= entry.since <= version:
        raise CatalogError(f"{place}: catalogue version {entry.since!r} is not between 1 and {version}.")
    if entry.until is not None and re.fullmatch(_DAY, entry.until) is None:
        raise CatalogError(f"{place}: the end date {entry.until!r} is not of the form YYYY-MM-DD.")


def _check_values(field: Field, place: str) -> None:
    if field.kind not in KINDS:
        raise CatalogError(f"{place}: the kind {field.kind!r} is none of {', '.join(KINDS)}.")
    if (field.kind in ("enum", "bucket")) != bool(field.members):
        raise CatalogError(f"{place}: an enum and a bucket list their members, and nothing else does.")
    if len(set(field.members)) != len(field.members):
        raise CatalogError(f"{place}: a member is listed twice.")
    if any(re.fullmatch(_MEMBER, member) is None for member in field.members):
        raise CatalogError(f"{place}: a member is more than a word of letters, digits, blanks and .+_-")
    if field.kind == "enum" and OTHER not in field.members:
        raise CatalogError(f"{place}: {OTHER!r} is missing from its members.")
    if field.kind == "bucket":
        _check_buckets(field.members, place)
    if not accepts(field, field.example):
        raise CatalogError(f"{place}: its own example {field.example!r} is not a value that it accepts.")


def _check_buckets(members: Sequence[str], place: str) -> None:
    reached: float = -1
    for member in members:
        try:
            first, last = bucket_range(member)
        except ValueError:
            raise CatalogError(f"{place}: {member!r} is no bucket such as 3, 4-9 or 10+.") from None
        if first <= reached or last < first:
            raise CatalogError(f"{place}: the bucket {member!r} overlaps the one before.")
        reached = last
