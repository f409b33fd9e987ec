"""Peers that a well-behaved HTTP server cannot play: those that stall, and a proxy."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Self

__all__ = ["Peer", "Proxy", "endless_body", "hang_up", "silent", "trickle"]


class Peer:
    """A listener on loopback that treats each connection as it was told, in a thread of its own."""

    def __init__(self, treat: Callable[[socket.socket, threading.Event], None]) -> None:
        self._treat = treat
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        # Closing a listener does not wake the thread that accepts on it; a connection does.
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._ended.is_set():
                connection.close()
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=[connection])
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._treat(connection, self._ended)


def silent(_: socket.socket, ended: threading.Event) -> None:
    """Accept, and never say anything: over TLS, a handshake that stalls."""
    ended.wait()


def trickle(connection: socket.socket, ended: threading.Event) -> None:
    """Answer with one byte a second, so that no timeout for a single read ever passes."""
    for byte in b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n":
        connection.sendall(bytes([byte]))
        if ended.wait(1):
            return


def endless_body(connection: socket.socket, ended: threading.Event) -> None:
    """Answer properly, with a body that never ends."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not ended.wait(0.01):
        connection.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")


def hang_up(connection: socket.socket, _: threading.Event) -> None:
    """Take the request and end the connection without an answer."""
    connection.recv(65536)


class Proxy(Peer):
    """An HTTP proxy that tunnels every connection to one port, and remembers what it was asked."""

    def __init__(self, port: int) -> None:
        super().__init__(self._tunnel)
        self._target = port
        self.requests: list[str] = []

    def _tunnel(self, connection: socket.socket, _: threading.Event) -> None:
        self.requests.append(connection.recv(65536).decode("ascii"))
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self._target)) as target:
            back = threading.Thread(target=_pump, args=[target, connection])
            back.start()
            _pump(connection, target)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        for chunk in _chunks(source):
            sink.sendall(chunk)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _chunks(source: socket.socket) -> Iterator[bytes]:
    while chunk := source.recv(65536):
        yield chunk
