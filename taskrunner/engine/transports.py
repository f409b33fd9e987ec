"""Connections to an engine, by the kind of its address: all behave like a connected socket."""

import _socket
import os
from typing import TYPE_CHECKING, Protocol

from taskrunner.engine.errors import unreachable

if TYPE_CHECKING:
    import socket

    from taskrunner.engine.endpoint import Endpoint

__all__ = ["Dialer", "Transport", "dialer", "open_tcp"]

_CONNECT_TIMEOUT = 10.0
# A silent command must outlast the patience of firewalls: seconds, as in Docker's own client.
_TCP_KEEP_ALIVE = 30


class Transport(Protocol):
    """A connection; `shutdown` ends one direction of it, or both and wakes whoever waits."""

    def sendall(self, data: bytes, /) -> None:
        """Send everything."""

    def recv(self, size: int, /) -> bytes:
        """Return what arrived, at most so much; nothing at the end."""

    def recv_into(self, buffer: memoryview, /) -> int:
        """Store what arrived and return how much that is; 0 at the end."""

    def settimeout(self, seconds: float | None, /) -> None:
        """Set how long each of the above may wait."""

    def shutdown(self, how: int, /) -> None:
        """End one direction, or both."""

    def fileno(self) -> int:
        """Return the descriptor that turns readable when something arrives."""

    def close(self) -> None:
        """Give the connection up."""


class Dialer(Protocol):
    """Opens connections to one engine; threads may share it."""

    def connect(self) -> Transport:
        """Open a connection. Raises EngineError."""

    def close(self) -> None:
        """Give up what connections share; the next one makes it anew."""


def dialer(endpoint: "Endpoint") -> Dialer:
    """Return what opens connections to an engine; nothing is sent yet."""
    if endpoint.kind == "ssh":
        from taskrunner.engine.ssh import SshDialer

        return SshDialer(endpoint)
    if endpoint.tls is not None:
        from taskrunner.engine.tls import TlsDialer

        return TlsDialer(endpoint, endpoint.tls)
    return _PlainDialer(endpoint)


class _PlainDialer:
    """Connects in the clear."""

    def __init__(self, endpoint: "Endpoint") -> None:
        self._endpoint = endpoint

    def connect(self) -> Transport:
        """Open a connection. Raises EngineError."""
        try:
            return _open_unix(self._endpoint.path) if self._endpoint.is_local else open_tcp(self._endpoint)
        except OSError as error:
            raise unreachable(self._endpoint.text, error, _elsewhere(self._endpoint)) from error

    def close(self) -> None:
        """Do nothing: connections share nothing."""


def _elsewhere(endpoint: "Endpoint") -> str:
    """Return where another engine answers, if this one is the usual one: the person may mean that."""
    from taskrunner.engine.endpoint import DEFAULT_ADDRESS
    from taskrunner.engine.places import find_socket

    found = find_socket(os.environ) if endpoint.text == DEFAULT_ADDRESS else None
    return f"unix://{found}" if found else ""


def open_tcp(endpoint: "Endpoint") -> "socket.socket":
    """Connect to a machine's port. Raises OSError."""
    import socket

    sock = socket.create_connection((endpoint.host, endpoint.port), _CONNECT_TIMEOUT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _TCP_KEEP_ALIVE)
    return sock


def _open_unix(path: str) -> _socket.socket:
    # What the module `socket` wraps: loading that takes 4 ms, most of it for names of constants.
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        # Without a time limit: with one, Linux refuses at once where the engine is slow to accept.
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock
