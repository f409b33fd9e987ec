"""Sessions as text: what `export` and `example` write and `import` reads.

The first line tells what it is and until when it may be kept; each other line is a session, with the
instant at which it was received and the one at which it expires.
"""

import time
from datetime import UTC, datetime
from typing import Final

import msgspec

from telemetry.collector.errors import CollectorError
from telemetry.collector.stores.protocol import MILLISECONDS_A_DAY, day_of

__all__ = [
    "_FORMAT",
    "Line",
    "_milliseconds",
    "day",
    "expiry",
    "head",
    "instant",
    "line",
    "read_head",
    "read_line",
]

_FORMAT: Final = "taskrunner-collector sessions 1"


class Head(msgspec.Struct):
    """The first line."""

    format: str
    expires: str
    """The instant at which the first of the sessions expires, and with it the whole file."""


class Line(msgspec.Struct):
    """A session."""

    received: str
    expires: str
    session: msgspec.Raw


_encode: Final = msgspec.json.Encoder().encode
_decode_head: Final = msgspec.json.Decoder(Head).decode
_decode_line: Final = msgspec.json.Decoder(Line).decode


def expiry(received: int, days: int) -> int:
    """Return when a session expires that was received at an instant: at the end of a day, with all of it."""
    return (day_of(received) + days + 1) * MILLISECONDS_A_DAY


def head(expires: int) -> bytes:
    """Return the first line."""
    return _encode(Head(_FORMAT, instant(expires))) + b"\n"


def line(received: int, expires: int, body: bytes) -> bytes:
    """Return a session's line; `body` is JSON without line breaks."""
    return _encode(Line(instant(received), instant(expires), msgspec.Raw(body))) + b"\n"


def read_head(text: bytes) -> int | None:
    """Return when a file expires, in milliseconds since 1970; None where the line is no first line."""
    try:
        found = _decode_head(text)
        return _milliseconds(found.expires) if found.format == _FORMAT else None
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def read_line(text: bytes) -> tuple[int, int, bytes] | None:
    """Return when a session was received, when it expires, and its bytes; None where it is no such line."""
    try:
        found = _decode_line(text)
        return _milliseconds(found.received), _milliseconds(found.expires), bytes(found.session)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def instant(milliseconds: int) -> str:
    """Return an instant as RFC 3339 writes it, in UTC and to the millisecond."""
    whole, rest = divmod(milliseconds, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{rest:03d}Z"


def _milliseconds(text: str) -> int:
    """Return an instant in milliseconds since 1970. Raises ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return int(found.timestamp() * 1000)


def day(text: str) -> int:
    """Return a day, written YYYY-MM-DD, in days since 1970. Raises CollectorError."""
    try:
        return day_of(int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000))
    except ValueError as error:
        raise CollectorError("cli.usage", "A day is written YYYY-MM-DD, such as 2026-02-03.") from error
