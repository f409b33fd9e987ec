"""Reading a request's body, within limits of size and of time."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from telemetry.collector.ingest import limits
from telemetry.collector.ingest.answers import Answer, problem

__all__ = ["BodyError", "Gone", "Head", "Receive", "read"]

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

_GZIP: Final = 31
"""zlib's `wbits` for the gzip format alone."""

_TOO_LARGE: Final = problem("too-large", 413, "A session is at most 64 KiB, and at most 32 KiB as gzip.")
_NOT_JSON: Final = problem("unsupported", 415, "The content type must be application/json.")
_ENCODING: Final = problem(
    "unsupported", 415, "The content encoding must be gzip, or none.", (b"accept-encoding", b"gzip, identity")
)
_TOO_SLOW: Final = problem("slow", 408, "The request did not arrive in time.")
_NOT_GZIP: Final = problem("invalid", 400, "The body is not gzip.")
_NO_LENGTH: Final = problem("invalid", 400, "The length of the body is no number.")


class BodyError(Exception):
    """There is no body to judge."""

    def __init__(self, answer: Answer, *, close: bool = False) -> None:
        super().__init__(answer.word)
        self.answer = answer
        self.close = close


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


async def read(head: Head, receive: Receive) -> bytes:
    """Return the body, unpacked. Raises BodyError, and Gone where the sender went away."""
    gzipped = _checked(head)
    most = limits.MOST_GZIPPED if gzipped else limits.MOST_BYTES
    message = await receive()
    if message.get("more_body") or message["type"] != "http.request":
        try:
            body = await asyncio.wait_for(_rest(message, receive, most), limits.BODY_SECONDS)
        except TimeoutError:
            raise BodyError(_TOO_SLOW, close=True) from None
    else:
        body = message["body"]
    if len(body) > most:
        raise BodyError(_TOO_LARGE, close=True)
    return _unpacked(body) if gzipped else body


def _checked(head: Head) -> bool:
    """Return whether the body is gzipped. Raises BodyError for a body that is not worth reading."""
    kind, _, parameters = head.content_type.lower().partition(b";")
    if kind.strip() != b"application/json" or parameters.strip() not in (b"", b"charset=utf-8"):
        raise BodyError(_NOT_JSON, close=True)
    if head.encoding.lower() not in (b"", b"identity", b"gzip"):
        raise BodyError(_ENCODING, close=True)
    if head.length:
        if not head.length.isdigit():
            raise BodyError(_NO_LENGTH, close=True)
        if len(head.length) > 9 or int(head.length) > limits.MOST_BYTES:
            raise BodyError(_TOO_LARGE, close=True)
    return head.encoding.lower() == b"gzip"


async def _rest(message: Mapping[str, Any], receive: Receive, most: int) -> bytes:
    parts = bytearray()
    while True:
        if message["type"] != "http.request":
            raise Gone
        parts += message.get("body", b"")
        if not message.get("more_body") or len(parts) > most:
            return bytes(parts)
        message = await receive()


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
