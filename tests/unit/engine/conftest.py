"""An engine that says what a test tells it to: for what a real one cannot be made to do on demand."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskrunner.engine.client import Client
from taskrunner.engine.endpoint import Endpoint

PING = (
    b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\r\nOstype: linux\r\n"
    b"Builder-Version: 1\r\nContent-Length: 2\r\n\r\nOK"
)


class ScriptedEngine:
    """Takes connections in order; on each it answers one request after another, as told.

    An answer is sent in the pieces given, a moment apart. After the last one the connection is closed,
    unless `hold` was called.
    """

    def __init__(self, path: str) -> None:
        self.endpoint = Endpoint("unix", path, "", 0, f"unix://{path}")
        self.client = Client(self.endpoint, docker_config="/nonexistent")
        self.requests: list[list[bytes]] = []
        """What arrived, by connection."""
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(path)
        self._listener.listen()
        self._refusal = b""
        self._held = threading.Event()
        self._held.set()
        self._thread: threading.Thread | None = None

    def play(self, *connections: list[tuple[bytes, ...]]) -> Client:
        """Answer these connections, in a thread, and return a client for them."""
        self._thread = threading.Thread(target=self._serve, args=(connections,), daemon=True)
        self._thread.start()
        return self.client

    def refuse(self, answer: bytes) -> None:
        """Answer the next connection before its request was read, and close it."""
        self._refusal = answer

    def hold(self) -> None:
        """Leave connections open after their last answer, until the test ends."""
        self._held.clear()

    def close(self) -> None:
        """End everything."""
        self._held.set()
        self.client.close()
        # Shutting down, unlike closing, wakes the thread that accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._thread is not None:
            self._thread.join(5)

    def _serve(self, connections: tuple[list[tuple[bytes, ...]], ...]) -> None:
        for answers in connections:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            received: list[bytes] = []
            self.requests.append(received)
            threading.Thread(target=self._converse, args=(connection, answers, received), daemon=True).start()
        if self._refusal:
            connection, _ = self._listener.accept()
            with connection:
                connection.sendall(self._refusal)
                connection.recv(100)

    def _converse(
        self, connection: socket.socket, answers: list[tuple[bytes, ...]], received: list[bytes]
    ) -> None:
        with connection:
            for pieces in answers:
                received.append(_read_request(connection))
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(0.005)
            self._held.wait()


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    if b"Transfer-Encoding: chunked" in head:
        while not body.endswith(b"0\r\n\r\n"):
            body += connection.recv(65536)
    counted = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")]
    length = int(counted[0].partition(b":")[2]) if counted else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[ScriptedEngine]:
    """Give an engine that plays a script."""
    engine = ScriptedEngine(str(tmp_path / "docker.sock"))
    yield engine
    engine.close()


@pytest.fixture
def ping() -> bytes:
    """Give the answer of an engine to the first question of every client."""
    return PING
