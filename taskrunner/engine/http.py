"""HTTP/1.1 as the engine speaks it, over a connected socket.

The standard library's client costs 16 ms of import, buffers bytes behind the headers of a hijacked
connection where nobody finds them again, and cannot be half-closed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from taskrunner.records import NamedTuple

if TYPE_CHECKING:
    from taskrunner.engine.transports import Transport

__all__ = ["Connection", "Dropped", "Garbled", "Head", "Query", "encode_query", "quote"]

Query: TypeAlias = Mapping[str, str | int | None] | Sequence[tuple[str, str | int | None]]
"""Parameters of a call; a sequence of pairs where a name occurs more than once."""

_CHUNK = 65536
_HEAD_LIMIT = 1 << 20
_BODY_LIMIT = 64 << 20
"""Of a body that is kept whole: an engine with thousands of containers describes them in a tenth of it."""
_MOST_INTERIM = 100
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Dropped(Exception):  # noqa: N818 - whether it is an error is the caller's to say
    """The connection ended before the answer was complete."""

    def __init__(self, *, received: bool) -> None:
        super().__init__()
        self.received = received
        """Whether any part of the answer had arrived."""


class Garbled(Exception):  # noqa: N818 - as above
    """What answers does not speak HTTP."""


class Head(NamedTuple):
    """The status and headers of an answer."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection can carry another request after this answer's body."""
        ends = "content-length" in self.headers or "transfer-encoding" in self.headers or self.is_empty
        return ends and self.headers.get("connection", "").lower() != "close"

    @property
    def is_empty(self) -> bool:
        """Whether no body follows (RFC 9112, section 6.3)."""
        return self.status in (204, 304)


class Connection:
    """One connection: requests go out, heads and bodies come in."""

    def __init__(self, sock: "Transport") -> None:
        self.socket = sock
        self._buffer = bytearray()
        self._received = False

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        """Send a request. Raises Dropped where nobody takes it."""
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self._received = False
        self._send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def send_chunk(self, data: bytes) -> None:
        """Send a part of a chunked body; an empty one ends it. Raises Dropped where nobody takes it."""
        self._send(b"%x\r\n%b\r\n" % (len(data), data))

    def read_head(self) -> Head:
        """Read status and headers. Raises Dropped and Garbled."""
        for _ in range(_MOST_INTERIM):
            head = _parse_head(self._read_until(b"\r\n\r\n"))
            # The rest of the 100s are interim answers; after 101 the connection is no longer HTTP.
            if head.status >= 200 or head.status == 101:
                return head
        raise Garbled

    def read_body(self, head: Head) -> Iterator[bytes]:
        """Yield a body in pieces as they arrive. Raises Dropped where it ends too early."""
        if head.is_empty:
            return iter(())
        if head.headers.get("transfer-encoding", "").lower() == "chunked":
            return self._read_chunks()
        if "content-length" in head.headers:
            return self._read_counted(_number(head.headers["content-length"], 10))
        return self._read_to_end()

    def read_whole(self, head: Head) -> bytes:
        """Return a body once all of it is here. Raises Dropped, and Garbled for one that has no end."""
        pieces, size = [], 0
        for piece in self.read_body(head):
            pieces.append(piece)
            size += len(piece)
            if size > _BODY_LIMIT:
                raise Garbled
        return b"".join(pieces)

    def take_leftover(self) -> bytes:
        """Return, once, the bytes that arrived behind what was read so far."""
        leftover = bytes(self._buffer)
        self._buffer.clear()
        return leftover

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def _send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except TimeoutError:
            raise
        except OSError as error:
            raise Dropped(received=False) from error

    def _read_chunks(self) -> Iterator[bytes]:
        while size := _number(self._read_until(b"\r\n").split(b";")[0].decode("latin-1"), 16):
            yield from self._read_counted(size)
            self._read_until(b"\r\n")
        trailers = 0
        while (line := self._read_until(b"\r\n")) != b"\r\n":
            trailers += len(line)
            if trailers > _HEAD_LIMIT:
                raise Garbled

    def _read_counted(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._buffer:
                self._fill()
            piece = bytes(self._buffer[:size])
            del self._buffer[: len(piece)]
            size -= len(piece)
            yield piece

    def _read_to_end(self) -> Iterator[bytes]:
        while True:
            if self._buffer:
                yield self.take_leftover()
            try:
                self._fill()
            except Dropped:
                return

    def _read_until(self, mark: bytes) -> bytes:
        start = 0
        while (found := self._buffer.find(mark, start)) < 0:
            if len(self._buffer) > _HEAD_LIMIT:
                raise Garbled
            start = max(0, len(self._buffer) - len(mark) + 1)
            self._fill()
        end = found + len(mark)
        data = bytes(self._buffer[:end])
        del self._buffer[:end]
        return data

    def _fill(self) -> None:
        try:
            data = self.socket.recv(_CHUNK)
        except TimeoutError:
            raise
        except OSError as error:
            raise Dropped(received=self._received) from error
        if not data:
            raise Dropped(received=self._received)
        self._received = True
        self._buffer += data


def quote(text: str, safe: str = "") -> str:
    """Percent-encode text for a request's target (RFC 3986)."""
    keep = _PLAIN | frozenset(safe.encode())
    return "".join(chr(byte) if byte in keep else f"%{byte:02X}" for byte in text.encode())


def encode_query(query: Query) -> str:
    """Return a query string with its question mark; what is None is left out."""
    items = query.items() if isinstance(query, Mapping) else query
    pairs = [f"{quote(name)}={quote(str(value))}" for name, value in items if value is not None]
    return "?" + "&".join(pairs) if pairs else ""


def _parse_head(data: bytes) -> Head:
    status_line, *lines = data.decode("latin-1").rstrip("\r\n").split("\r\n")
    protocol, _, rest = status_line.partition(" ")
    if not protocol.startswith("HTTP/1."):
        raise Garbled
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Head(_number(rest[:3], 10), headers)


def _number(text: str, base: int) -> int:
    try:
        value = int(text, base)
    except ValueError as error:
        raise Garbled from error
    if value < 0:
        raise Garbled
    return value
