"""Health checks from outside a container: what counts as healthy, and what is said of the rest."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from taskrunner.config.model import HealthCheck, HttpCheck
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.endpoint import Endpoint
from taskrunner.engine.execs import ExecResult
from taskrunner.execution import outside

LOCAL = Endpoint("unix", "/run/engine.sock", "", 0, "unix:///run/engine.sock")
REMOTE = Endpoint("tcp", "", "127.0.0.1", 2375, "tcp://127.0.0.1:2375")


class Engine:
    """Answers what a client asks about one container."""

    def __init__(self, settings: dict[str, Any], endpoint: Endpoint = LOCAL) -> None:
        self.settings = settings
        self.endpoint = endpoint

    def json(self, _method: str, _path: str, read: Callable[[Any], object]) -> object:
        """Return what is wanted of all that the engine knows about the container."""
        return read({"NetworkSettings": self.settings})


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Listen on a port and serve each connection in turn."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    serve(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


def answering(line: bytes) -> Callable[[socket.socket], None]:
    """Return what reads a request and answers with one line."""

    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(line)

    return serve


def silent(connection: socket.socket) -> None:
    """Wait for the other side to speak, and say nothing."""
    connection.recv(4096)


def dropping(_: socket.socket) -> None:
    """Take leave at once, as a published port without anybody behind it does."""


def probed(
    port: int,
    *,
    http: str | None = None,
    timeout: float = 5,
    settings: Any = None,
    endpoint: Endpoint = LOCAL,
) -> ExecResult:
    """Look at a container whose address is this machine's own."""
    check = HealthCheck(None, None, None, None, None, None, HttpCheck(port, http) if http else None)
    check = check._replace(tcp=None if http else port)
    client: Any = Engine(settings or {"Networks": {"a": {"IPAddress": "127.0.0.1"}}}, endpoint)
    return outside.probe(client, "id", check, timeout, CancelScope())


def test_a_port_that_takes_connections() -> None:
    """A connection is all that is asked for; nobody listening is not healthy."""
    with listening(silent) as port:
        assert probed(port).exit_code == 0
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        assert probed(port) == ExecResult(1, f"127.0.0.1:{port}: Connection refused.")


@pytest.mark.parametrize(
    ("line", "healthy"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.0 204\r\n", True),
        (b"HTTP/1.1 302 Found\r\n", True),
        (b"HTTP/1.1 404 Not Found\r\n", False),
        (b"HTTP/1.1 503 No\r\n", False),
        (b"HTTP/1.1 2\r\n", False),
        (b"HTTP/1.1 \xb2\xb2\xb2\r\n", False),
        (b"SSH-2.0-server\r\n", False),
        (b"", False),
        (b"x" * 10_000, False),
    ],
)
def test_answers(line: bytes, healthy: bool) -> None:
    """A status from 200 to 399 is healthy, and anything else is not, whatever it is."""
    with listening(answering(line)) as port:
        result = probed(port, http="/ready?x=1")

    assert (result.exit_code == 0) == healthy
    assert f"http://127.0.0.1:{port}/ready?x=1 " in result.output


def test_no_answer_in_time() -> None:
    """A server that takes the request and says nothing uses up the timeout, and no more."""
    with listening(lambda connection: time.sleep(1) or connection.close()) as port:
        started = time.monotonic()
        result = probed(port, http="/", timeout=0.2)

    assert result.exit_code is None
    assert time.monotonic() - started < 5


def test_a_published_port() -> None:
    """Of an engine elsewhere a published port is tried; one that drops connections is not ready."""
    for serve, code in ((silent, 0), (dropping, 1)):
        with listening(serve) as port:
            settings = {"Networks": {}, "Ports": {f"{port}/tcp": [{"HostPort": str(port)}]}}
            assert probed(port, settings=settings, endpoint=REMOTE).exit_code == code


def test_no_way_there() -> None:
    """A port that cannot be reached from here is told with what to do."""
    result = probed(80, settings={"Networks": {"a": {"IPAddress": "10.0.0.1"}}, "Ports": {}}, endpoint=REMOTE)

    assert result == ExecResult(
        1, "Port 80 cannot be reached from this machine: publish it, with the container's `ports`."
    )
