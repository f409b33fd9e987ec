"""A session in wire format v1: from bytes to typed parts, and back to the bytes that are kept."""

from typing import Final, TypeAlias

import msgspec

__all__ = ["Attributes", "Event", "Session", "Span", "decode", "encode", "has_duplicates"]

Attributes: TypeAlias = dict[str, str | int | bool | None]


class Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Something that happened at one instant."""

    type: str
    time: str
    attributes: Attributes


class Span(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Something that lasted."""

    type: str
    startTime: str  # noqa: N815 - the wire format's own names
    endTime: str  # noqa: N815
    attributes: Attributes


class Session(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A run of a program."""

    sessionId: str  # noqa: N815
    userId: str  # noqa: N815
    sessionStartTime: str  # noqa: N815
    sessionEndTime: str  # noqa: N815
    applicationId: str  # noqa: N815
    applicationVersion: str  # noqa: N815
    attributes: Attributes
    events: list[Event]
    spans: list[Span]


decode: Final = msgspec.json.Decoder(Session).decode
"""Return the session in some bytes. Raises msgspec.DecodeError, UnicodeDecodeError or RecursionError."""
encode: Final = msgspec.json.Encoder().encode
"""Return a session as JSON without blanks."""


def has_duplicates(body: bytes, encoded: bytes) -> bool:
    """Return whether a body has a key twice, of which decoding keeps the last.

    `encoded` is what came of it. Neither keys nor values of a valid session hold quotes, so both have as
    many: two for each key and for each text.
    """
    return body.count(b'"') != encoded.count(b'"')
