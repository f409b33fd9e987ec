"""The grammar of values: what a field of each kind may hold, for recording and receiving alike.

No kind takes free text. A string is a member of its field's list, or matches a pattern that leaves
no room for a name: a version, an id, an instant, or a trace made of the application's own symbols.
"""

import math
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from telemetry.catalog import Field

__all__ = [
    "LONGEST_DURATION",
    "OTHER",
    "TRACE_BYTES",
    "Value",
    "accepts",
    "bucket_of",
    "clean",
    "is_id",
    "is_time",
    "is_trace",
    "is_version",
]

Value: TypeAlias = str | int | bool | None

OTHER: Final = "other"
"""What stands for everything that an enum does not list."""
LARGEST_COUNT: Final = 1_000_000_000
LONGEST_DURATION: Final = 31 * 24 * 3600 * 1000
"""Milliseconds; nothing that a session times lasts longer than a month."""
TRACE_BYTES: Final = 4096

# PEP 440 without epochs, post-releases and local parts: those can be as long as somebody likes.
_VERSION: Final = r"[0-9]{1,4}(?:\.[0-9]{1,5}){0,3}(?:(?:a|b|rc)[0-9]{1,3})?(?:\.dev[0-9]{1,4})?"
_LEADING_VERSION: Final = r"v?([0-9]{1,4}(?:\.[0-9]{1,5}){1,3})(?![0-9])"
_ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_TIME: Final = r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?Z"
_RANGE: Final = r"(0|[1-9][0-9]{0,14})(?:-([1-9][0-9]{0,14})|(\+))?"

_WORD: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_DOTTED: Final = rf"{_WORD}(?:\.{_WORD})*"
_PART: Final = rf"(?:{_WORD}|<(?:locals|lambda|listcomp|setcomp|dictcomp|genexpr)>)"
_QUALIFIED: Final = rf"(?:{_PART}(?:\.{_PART})*|<module>)"
_TYPE: Final = rf"(?:{_DOTTED}:{_DOTTED}|<external:{_DOTTED}:{_DOTTED}>)"
_FACT: Final = r"(?:\[(?:E[A-Z0-9]{1,20}|-?[0-9]{1,5})\])?"
_FRAME: Final = (
    rf"(?:{_DOTTED}:{_QUALIFIED}:[1-9][0-9]{{0,5}}|<stdlib>|<external>|<own:unknown>|<cut:[0-9]{{1,7}}>)"
    r"(?: x[1-9][0-9]{0,6})?"
)
_LINK: Final = rf"{_TYPE}{_FACT}(?: group:[0-9]{{1,7}})?(?: at {_FRAME}(?: > {_FRAME})*)?"
_CHAINED: Final = rf"(?:{_LINK}|<more>)(?: \}})*"
_TRACE: Final = rf"<sanitiser-error>|{_CHAINED}(?:(?: <- | \{{ | \| ){_CHAINED})*"


def is_version(value: object) -> bool:
    """Return whether a value is a version: up to 4 numbers, then perhaps `a1`, `b1`, `rc1` or `.dev1`."""
    return type(value) is str and re.fullmatch(_VERSION, value) is not None


def is_id(value: object) -> bool:
    """Return whether a value is a UUID of version 4 in form (RFC 9562), in lower case."""
    return type(value) is str and re.fullmatch(_ID, value) is not None


def is_time(value: object) -> bool:
    """Return whether a value is an instant in UTC, as RFC 3339 writes it, that the calendar has."""
    if type(value) is not str or len(value) > 30:
        return False
    found = re.fullmatch(_TIME, value)
    if found is None:
        return False
    year, month, day, hour, minute, second = map(int, found.groups())
    in_day = hour < 24 and minute < 60 and second < 60
    return in_day and 1 <= month <= 12 and year >= 1970 and 1 <= day <= _days(year, month)


def is_trace(value: object) -> bool:
    """Return whether a value has the form of a sanitised trace, at most 4096 characters (see `traces`).

    Whether the symbols in it are those of a release is for that release's manifest to say.
    """
    return type(value) is str and len(value) <= TRACE_BYTES and re.fullmatch(_TRACE, value) is not None


def accepts(field: "Field", value: object) -> bool:
    """Return whether a field may hold exactly this value. `None` is every field's "not known"."""
    return value is None or _CHECKS[field.kind](field, value)


def clean(field: "Field", value: object) -> Value:
    """Return the value that may stand in a record, or None where there is none.

    What an enum does not list becomes `other`; a number becomes the bucket that holds it; a version
    loses what follows its numbers; a fraction of a millisecond is rounded. Never raises, and never
    runs code of the value's own class.
    """
    if field.kind == "enum" and type(value) is str and value not in field.members:
        return OTHER
    if field.kind == "bucket" and type(value) in (int, float):
        return bucket_of(field.members, value)  # type: ignore[arg-type]
    if field.kind == "duration" and type(value) is float:
        value = round(value) if math.isfinite(value) else None
    if field.kind == "version" and type(value) is str and not is_version(value):
        found = re.match(_LEADING_VERSION, value)
        value = found[1] if found else None
    return value if accepts(field, value) else None  # type: ignore[return-value]


def bucket_of(members: "Sequence[str]", number: float) -> str | None:
    """Return the member (`3`, `4-9` or `10+`) that holds a number, or None where none does."""
    if not (math.isfinite(number) and number >= 0):
        return None
    for member in members:
        first, last = bucket_range(member)
        if first <= math.floor(number) <= last:
            return member
    return None


def bucket_range(member: str) -> tuple[int, float]:
    """Return the first and the last number of a bucket such as `3`, `4-9` or `10+`.

    Raises ValueError for any other form.
    """
    found = re.fullmatch(_RANGE, member)
    if found is None:
        raise ValueError(member)
    first = int(found[1])
    if found[3]:
        return first, math.inf
    return first, int(found[2]) if found[2] else first


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _within(value: object, largest: int) -> bool:
    return type(value) is int and 0 <= value <= largest


_CHECKS: Final[dict[str, "Callable[[Field, Any], bool]"]] = {
    "flag": lambda _field, value: type(value) is bool,
    "count": lambda _field, value: _within(value, LARGEST_COUNT),
    "duration": lambda _field, value: _within(value, LONGEST_DURATION),
    "bucket": lambda field, value: type(value) is str and value in field.members,
    "enum": lambda field, value: type(value) is str and value in field.members,
    "version": lambda _field, value: is_version(value),
    "symbol": lambda _field, value: is_trace(value),
    "time": lambda _field, value: is_time(value),
    "id": lambda _field, value: is_id(value),
}
