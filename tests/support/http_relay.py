"""A relay at a socket before the engine's, which tells one call from the next.

What is to become of a call is asked twice: when the engine has not heard of it, and when it has answered.
"""

import contextlib
import os
import socket
from collections.abc import Callable
from typing import Literal, TypeAlias

from taskrunner.host.relay import accepting, join

__all__ = ["Fate", "HttpRelay", "OnAnswer"]

Fate: TypeAlias = Literal["pass", "refuse", "drop"]
"""What becomes of a call: it goes on, is answered with status 500, or its connection is closed."""
OnAnswer: TypeAlias = Callable[[bytes], Fate]
"""Says what becomes of a call whose answer has the given body; of a stream, which has no end, it is empty."""

_REFUSAL = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n"
    b'{"message":"injected fault"}'
)
# Their answers come bit by bit, while the engine works.
_STREAMS = ("/events", "/images/create", "/build")


class HttpRelay:
    """Listens at a socket and hands calls on to the engine's; what it makes of them is in `on_request`."""

    def __init__(self, path: str, engine: str) -> None:
        self.path = path
        self.address = f"unix://{path}"
        self._engine = engine
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self._accepting = accepting(self._listener, self._serve, "http-relay")

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        os.unlink(self.path)

    def on_request(self, head: bytes) -> tuple[Fate, OnAnswer]:
        """Return what becomes of a call, and what will say so once more when it was answered."""
        raise NotImplementedError

    def _serve(self, theirs: socket.socket) -> None:
        with theirs, socket.socket(socket.AF_UNIX) as engine, contextlib.suppress(OSError, _End):
            engine.connect(self._engine)
            client, server = _Reader(theirs), _Reader(engine)
            while self._one_call(client, server):
                pass

    def _one_call(self, client: "_Reader", server: "_Reader") -> bool:
        head, fields = client.head()
        fate, on_answer = self.on_request(head)
        body = client.body(fields)
        if fate != "pass":
            return _end(client, fate)
        server.socket.sendall(head + body)
        answer, told = server.head()
        rest = b"" if (endless := _is_endless(head, told)) or head.startswith(b"HEAD") else server.body(told)
        fate = on_answer(rest)
        if fate != "pass":
            return _end(client, fate)
        client.socket.sendall(answer + rest)
        if endless:
            _join(client, server)
            return False
        return True


class _End(Exception):  # noqa: N818 - the other side has nothing more to say
    """The connection ended."""


class _Reader:
    """Reads heads and bodies off a connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.buffer = b""

    def head(self) -> tuple[bytes, dict[str, str]]:
        """Return a head as it came, and its fields by lower-case name."""
        head = self._until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")[1:]
        fields = [line.partition(":") for line in lines if line]
        return head, {name.lower(): value.strip().lower() for name, _, value in fields}

    def body(self, fields: dict[str, str]) -> bytes:
        """Return a body as it came."""
        if fields.get("transfer-encoding") == "chunked":
            return self._chunks()
        if "content-length" in fields:
            return self._exactly(int(fields["content-length"]))
        return b""  # such as 204 and 304

    def _chunks(self) -> bytes:
        whole = b""
        while True:
            line = self._until(b"\r\n")
            size = int(line.split(b";")[0], 16)
            whole += line + self._exactly(size + 2)
            if not size:
                return whole

    def _exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self._fill()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def _until(self, mark: bytes) -> bytes:
        while mark not in self.buffer:
            self._fill()
        before, _, self.buffer = self.buffer.partition(mark)
        return before + mark

    def _fill(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise _End
        self.buffer += data


def _is_endless(head: bytes, told: dict[str, str]) -> bool:
    """Return whether the answer is a stream, or the connection becomes one."""
    if "content-length" in told:
        return False
    path = head.split(b" ", 2)[1].partition(b"?")[0].decode()
    return b"upgrade: tcp" in head.lower() or path.endswith(_STREAMS)


def _end(client: _Reader, fate: Fate) -> bool:
    if fate == "refuse":
        client.socket.sendall(_REFUSAL)
    return fate == "refuse"


def _join(client: _Reader, server: _Reader) -> None:
    """Hand everything on, each direction until it ends."""
    if client.buffer:
        server.socket.sendall(client.buffer)
    if server.buffer:
        client.socket.sendall(server.buffer)
    join(client.socket, server.socket)
