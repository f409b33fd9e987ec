"""Cancelling operations on the engine: by shutting down the sockets that they wait on."""

from _socket import SHUT_RDWR
from threading import Event, Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taskrunner.engine.transports import Transport

__all__ = ["CancelScope", "Cancelled", "shut_down"]


class Cancelled(Exception):  # noqa: N818 - it is no error: somebody asked for it
    """An operation ended because its scope was cancelled."""


class CancelScope:
    """Operations that are cancelled together."""

    def __init__(self) -> None:
        self._event = Event()
        self._lock = Lock()
        self._sockets: set[Transport] = set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """End every operation in this scope, now and from now on, with Cancelled.

        Any thread may call it, any number of times.
        """
        self._event.set()
        # Under the lock, so that no socket is closed, and its number given to another, meanwhile.
        with self._lock:
            for each in self._sockets:
                shut_down(each)
            self._sockets.clear()

    def wait(self, seconds: float) -> None:
        """Sleep. Raises Cancelled as soon as the scope is cancelled."""
        if self._event.wait(seconds):
            raise Cancelled

    def check(self) -> None:
        """Raise Cancelled where the scope is cancelled."""
        if self.cancelled:
            raise Cancelled

    def add(self, sock: "Transport") -> None:
        """Tie a socket to this scope. Raises Cancelled where it is too late."""
        with self._lock:
            self.check()
            self._sockets.add(sock)

    def discard(self, sock: "Transport") -> None:
        """Release a socket, which may then be closed."""
        with self._lock:
            self._sockets.discard(sock)


def shut_down(sock: "Transport") -> None:
    """End a connection both ways: unlike closing it, that wakes a thread which waits on it."""
    try:
        sock.shutdown(SHUT_RDWR)
    except OSError:
        return  # the other side was faster
