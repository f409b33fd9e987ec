"""Reading a request's body, within limits of size and of time."""

import asyncio
import contextlib
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from telemetry.collector.ingest import limits
from telemetry.collector.ingest.answers import Answer, problem

__all__ = ["BodyError", "Gone", "Head", "Receive", "drained", "read"]

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

_GZIP: Final = 31
"""zlib's `wbits` for the gzip format alone."""

_MOST_DRAINED: Final = 256 * 1024
_DRAIN_SECONDS: Final = 2.0

_TOO_LARGE: Final = problem("too-large", 413, "A session is at most 64 KiB, and at most 32 KiB as gzip.")
_NOT_JSON: Final = problem("unsupported", 415, "The content type must be application/json.")
_ENCODING: Final = problem(
    "unsupported", 415, "The content encoding must be gzip, or none.", (b"accept-encoding", b"gzip, identity")
)
_TOO_SLOW: Final = problem("slow", 408, "The request did not arrive in time.")
_NOT_GZIP: Final = problem("invalid", 400, "The body is not gzip.")
_NO_LENGTH: Final = problem("invalid", 400, "The length of the body is no number.")


class BodyError(Exception):
    """There is no body to judge; with `unread` it may still be on its way."""

    def __init__(self, answer: Answer, *, unread: bool = False) -> None:
        super().__init__(answer.word)
        self.answer = answer
        self.unread = unread


class Gone(Exception):  # noqa: N818 - the sender's decision, not a fault
    """The sender went away."""


class Head(NamedTuple):
    """What the headers say of a body."""

    content_type: bytes = b""
    encoding: bytes = b""
    length: bytes = b""

    @classmethod
    def of(cls, headers: "list[tuple[bytes, bytes]]") -> "Head":
        """Return what counts of a request's headers, whose names are in lower case."""
        kind = encoding = length = b""
        for name, value in headers:
            if name == b"content-type":
                kind = value
            elif name == b"content-encoding":
                encoding = value
            elif name == b"content-length":
                length = value
        return cls(kind, encoding, length)


async def read(head: Head, receive: Receive, *, seconds: float) -> bytes:
    """Return the body, unpacked, if it arrives in so many seconds.

    Raises BodyError, and Gone where the sender went away.
    """
    gzipped = _checked(head)
    most = limits.MOST_GZIPPED if gzipped else limits.MOST_BYTES
    try:
        async with asyncio.timeout(seconds):
            body = await _all(receive, most)
    except TimeoutError:
        raise BodyError(_TOO_SLOW, unread=True) from None
    if len(body) > most:
        raise BodyError(_TOO_LARGE, unread=True)
    return _unpacked(body) if gzipped else body


async def drained(headers: "list[tuple[bytes, bytes]]", receive: Receive) -> bool:
    """Read what is left of a body that nobody wants; return whether that was all of it.

    A connection that is closed while something is unread is reset, and the answer may be lost with it.
    """
    if any(name == b"expect" for name, _ in headers):
        return False  # to read would be to ask for it
    with contextlib.suppress(TimeoutError, Gone):
        async with asyncio.timeout(_DRAIN_SECONDS):
            return len(await _all(receive, _MOST_DRAINED)) <= _MOST_DRAINED
    return False


def _checked(head: Head) -> bool:
    """Return whether the body is gzipped. Raises BodyError for a body that is not worth reading."""
    kind, _, parameters = head.content_type.lower().partition(b";")
    if kind.strip() != b"application/json" or parameters.strip() not in (b"", b"charset=utf-8"):
        raise BodyError(_NOT_JSON, unread=True)
    if head.encoding.lower() not in (b"", b"identity", b"gzip"):
        raise BodyError(_ENCODING, unread=True)
    if head.length:
        if not head.length.isdigit():
            raise BodyError(_NO_LENGTH, unread=True)
        if len(head.length) > 9 or int(head.length) > limits.MOST_BYTES:
            raise BodyError(_TOO_LARGE, unread=True)
    return head.encoding.lower() == b"gzip"


async def _all(receive: Receive, most: int) -> bytes:
    """Return the body to its end, or until it is too long."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole: bytes = message["body"]
        return whole
    parts = bytearray()
    while message["type"] == "http.request":
        parts += message.get("body", b"")
        if not message.get("more_body") or len(parts) > most:
            return bytes(parts)
        message = await receive()
    raise Gone


def _unpacked(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacker.decompress(body, limits.MOST_BYTES + 1)
    except zlib.error:
        raise BodyError(_NOT_GZIP) from None
    if len(unpacked) > limits.MOST_BYTES:
        raise BodyError(_TOO_LARGE)
    if not unpacker.eof or unpacker.unused_data:
        raise BodyError(_NOT_GZIP)
    return unpacked
