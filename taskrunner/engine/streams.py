"""Container output as the engine multiplexes it, and the two-way connection that carries it."""

import json
import struct
import time
from _socket import SHUT_WR
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, TypeAlias, TypeVar

from taskrunner.engine.cancellation import CancelScope, shut_down
from taskrunner.engine.errors import connection_lost
from taskrunner.engine.http import Connection, Garbled
from taskrunner.errors import EngineError

__all__ = ["Attachment", "Demultiplexer", "Stream", "decode_json", "json_lines", "understand"]

Stream: TypeAlias = Literal["stdout", "stderr"]

T = TypeVar("T")

_HEADER = struct.Struct(">BxxxL")
# For larger blocks, and what styles make of them, the C library asks the kernel for new pages each time.
_BUFFER = 1 << 15
_LONGEST_LINE = 16 << 20
# A frame's first byte. The engine's own client takes 0, which nobody sends, for output as well.
_STREAMS: dict[int, Stream] = {0: "stdout", 1: "stdout", 2: "stderr"}
_ENGINE_ERROR = 3


class Demultiplexer:
    """Takes a multiplexed stream apart, however it was cut on its way.

    A frame is a byte for the stream, three of nothing, four for the payload's length (big-endian), and
    the payload: see "Stream format" at the attach call in the engine's API reference.
    """

    def __init__(self) -> None:
        self._cut = bytearray()
        self._kind = 1
        self._left = 0

    def feed(self, data: memoryview) -> list[tuple[Stream, bytes]]:
        """Return what a piece of the stream holds; neighbours of one stream are joined.

        Raises EngineError where the engine reports an error in the stream.
        """
        parts: list[tuple[int, list[memoryview]]] = []
        position, end = 0, len(data)
        while position < end:
            if not self._left:
                position = self._read_header(data, position)
                continue
            stop = min(position + self._left, end)
            if not parts or parts[-1][0] != self._kind:
                parts.append((self._kind, []))
            parts[-1][1].append(data[position:stop])
            self._left -= stop - position
            position = stop
        return [(_stream(kind, pieces), b"".join(pieces)) for kind, pieces in parts]

    def _read_header(self, data: memoryview, position: int) -> int:
        stop = position + _HEADER.size - len(self._cut)
        if not self._cut and stop <= len(data):
            # Nearly always: a stream of short lines is mostly headers.
            self._kind, self._left = _HEADER.unpack_from(data, position)
            return stop
        self._cut += data[position:stop]
        if len(self._cut) == _HEADER.size:
            self._kind, self._left = _HEADER.unpack(self._cut)
            self._cut.clear()
        return min(stop, len(data))


class Attachment:
    """A connection that carries a process's output to us, and our input to it."""

    def __init__(self, connection: Connection, scope: CancelScope | None, *, multiplexed: bool) -> None:
        self._connection = connection
        self._socket = connection.socket
        self._scope = scope
        self._demultiplexer = Demultiplexer() if multiplexed else None
        self._closed = False
        self._buffer = memoryview(bytearray(_BUFFER))

    def frames(self, timeout: float | None = None) -> Iterator[tuple[Stream, bytes]]:
        """Yield output until it ends, at most `timeout` seconds long.

        Memory stays flat: what is not taken waits in the engine, and finally stops the process.
        Raises Cancelled, TimeoutError, and EngineError for an error that the engine reports.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (frames := self.read(deadline)) is not None:
            yield from frames

    def read(self, deadline: float | None) -> list[tuple[Stream, bytes]] | None:
        """Return the next output, or None at its end; `deadline` is by the monotonic clock.

        Raises what `frames` raises.
        """
        # What came in one packet with the headers is the beginning of the output.
        if leftover := self._connection.take_leftover():
            return self._split(memoryview(leftover))
        if received := self._receive(self._buffer, deadline):
            return self._split(self._buffer[:received])
        if self._scope is not None:
            self._scope.check()
        return None

    def write(self, data: bytes) -> None:
        """Send input, waiting while the process does not take it. Raises OSError once it ended."""
        self._socket.sendall(data)

    def close_write(self) -> None:
        """Let the process see the end of its input, while its output goes on.

        Raises OSError where the connection is gone.
        """
        self._socket.shutdown(SHUT_WR)

    def close(self) -> None:
        """End the connection; whoever reads or writes in another thread is woken."""
        self._closed = True
        if self._scope is not None:
            self._scope.discard(self._socket)
        shut_down(self._socket)
        self._connection.close()

    def _receive(self, buffer: memoryview, deadline: float | None) -> int:
        try:
            if deadline is not None:
                self._socket.settimeout(max(deadline - time.monotonic(), 0.000_001))
            return self._socket.recv_into(buffer)
        except OSError as error:
            # A process that ended without reading all of its input leaves the engine with unread bytes,
            # and a socket closed over unread bytes is reset. By now we have everything that was sent.
            if self._closed or isinstance(error, ConnectionResetError):
                return 0
            if deadline is not None and isinstance(error, TimeoutError):
                raise
            raise connection_lost() from error

    def _split(self, data: memoryview) -> list[tuple[Stream, bytes]]:
        if self._demultiplexer is not None:
            return self._demultiplexer.feed(data)
        return [("stdout", bytes(data))] if data else []


def json_lines(pieces: Iterable[bytes]) -> Iterator[Any]:
    """Yield the JSON values of a stream that has one in each line, however it was cut. Raises Garbled."""
    rest: list[bytes] = []
    waiting = 0
    for piece in pieces:
        *lines, last = piece.split(b"\n")
        for line in lines:
            whole = b"".join((*rest, line))
            rest.clear()
            waiting = 0
            if whole.strip():
                yield decode_json(whole)
        rest.append(last)
        waiting += len(last)
        if waiting > _LONGEST_LINE:
            raise Garbled
    if (whole := b"".join(rest)).strip():
        yield decode_json(whole)


def decode_json(data: bytes) -> Any:
    """Return the value of a JSON text. Raises Garbled where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Garbled from error


def _stream(kind: int, pieces: list[memoryview]) -> Stream:
    if kind in _STREAMS:
        return _STREAMS[kind]
    if kind == _ENGINE_ERROR:
        text = b"".join(pieces).decode(errors="replace").strip()
        raise EngineError("engine.stream-failed", f"The engine broke off a container's output: {text}")
    raise EngineError(
        "engine.stream-garbled", f"The engine sent output of a kind ({kind}) that does not exist."
    )


def understand(read: Callable[[Any], T], value: Any) -> T:
    """Return what `read` finds in a decoded value. Raises Garbled where that is of another form."""
    try:
        return read(value)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Garbled from error
