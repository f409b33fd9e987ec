"""Hand connections on to a port of this machine's loopback, from an address that containers reach."""

import contextlib
import fcntl
import socket
from collections.abc import Callable, Collection
from threading import Thread

__all__ = ["Relay", "accepting", "interface_address", "join", "listens_everywhere", "own_addresses"]

_CHUNK = 1 << 16
_CONNECT_TIMEOUT = 10.0
_LISTENING = "0A"
# SIOCGIFADDR: netdevice(7).
_GET_ADDRESS = 0x8915
# IP_FREEBIND: ip(7).
_FREE_BIND = 15
_BACKLOG = 128


class Relay:
    """Listens at an address of this machine until it is closed.

    The address need not be there yet. `peers` are those that may come in; None means all.
    Raises OSError where it cannot listen there.
    """

    def __init__(
        self, address: str, port: int, target: tuple[str, int], peers: Collection[str] | None = None
    ) -> None:
        self._target = target
        self._peers = peers
        self._listener = _listening(address, port)
        self.port = int(self._listener.getsockname()[1])
        accepting(self._listener, self._serve, "relay")

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, theirs: socket.socket) -> None:
        try:
            if self._peers is not None and theirs.getpeername()[0] not in self._peers:
                raise PermissionError
            ours = socket.create_connection(self._target, _CONNECT_TIMEOUT)
        except OSError:
            theirs.close()
            return
        ours.settimeout(None)
        with ours, theirs:
            join(theirs, ours)


def accepting(listener: socket.socket, serve: Callable[[socket.socket], None], name: str) -> Thread:
    """Take connections in a thread until the listener is shut down, and serve each in one of its own."""

    def accept() -> None:
        while True:
            try:
                theirs, _ = listener.accept()
            except OSError:
                return
            Thread(target=serve, args=(theirs,), name=f"{name}-connection", daemon=True).start()

    thread = Thread(target=accept, name=name, daemon=True)
    thread.start()
    return thread


def join(one: socket.socket, other: socket.socket) -> None:
    """Hand on what arrives at each of two connections to the other, until both have ended."""
    back = Thread(target=_copy, args=(other, one), name="relayed-back", daemon=True)
    back.start()
    _copy(one, other)
    back.join()


def _listening(address: str, port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_IP, _FREE_BIND, 1)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def own_addresses() -> list[str]:
    """Return this machine's IPv4 addresses but for those on loopback."""
    import psutil

    found = [
        each.address
        for addresses in psutil.net_if_addrs().values()
        for each in addresses
        if each.family == socket.AF_INET
    ]
    return [address for address in found if not address.startswith("127.")]


def interface_address(name: str) -> str | None:
    """Return the IPv4 address of a network interface of this machine, or None. On Linux only."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            request = fcntl.ioctl(sock, _GET_ADDRESS, name.encode()[:15].ljust(256, b"\0"))
        except OSError:
            return None
    return socket.inet_ntoa(request[20:24])


def listens_everywhere(port: int) -> bool:
    """Return whether something on this machine takes connections to a port at each of its addresses."""
    for file, anywhere in (("/proc/net/tcp", "0" * 8), ("/proc/net/tcp6", "0" * 32)):
        try:
            with open(file, encoding="ascii") as table:
                rows = [line.split() for line in table]
        except OSError:
            continue
        if any(row[1] == f"{anywhere}:{port:04X}" and row[3] == _LISTENING for row in rows[1:]):
            return True
    return False


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    # Each direction ends by itself.
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
