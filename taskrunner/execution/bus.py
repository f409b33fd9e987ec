"""The one way that news of a run travels: to every listener first, then to the state machine.

Listeners hear of an event before the next one can happen, in the thread where it happened, so
a line such as "Running …" stands before the output that it announces.
"""

import time
from collections.abc import Sequence
from queue import SimpleQueue
from threading import RLock
from typing import TypeAlias

from taskrunner.execution.events import Event, Interrupted, Listener, Stream
from taskrunner.records import NamedTuple

__all__ = ["Bus", "Changed", "Done", "Item", "Left", "Signal"]

# A listener may be stuck behind a reader that stopped reading; the main thread must not be.
_PATIENCE = 1.0


class Done(NamedTuple):
    """A step's thread has nothing more to do."""

    number: int


class Signal(NamedTuple):
    """A signal arrived."""

    number: int


class Changed(NamedTuple):
    """Files changed that a watched run reads."""


class Left(NamedTuple):
    """A container is no longer in the task's own network."""

    container_id: str


Item: TypeAlias = Event | Done | Signal | Changed | Left


class Bus:
    """Hands events to listeners and to the queue that the state machine reads."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)
        self._lock = RLock()
        self._broken = False
        self.queue: SimpleQueue[Item] = SimpleQueue()
        self._queues = [self.queue]

    def post(self, event: Event) -> None:
        """Tell every listener, then the state machine. Never raises."""
        self.tell(event)
        self.queue.put(event)

    def tell(self, event: Event, at: float | None = None) -> None:
        """Tell every listener; `at` is when it happened, if that is not now. Never raises."""
        with self._lock:
            self._tell(event, at)

    def share(self, queue: SimpleQueue[Item]) -> None:
        """Let a state machine beside ours hear what concerns the whole run."""
        self._queues.append(queue)

    def broadcast(self, item: Item) -> None:
        """Let every state machine know."""
        for queue in self._queues:
            queue.put(item)

    def announce(self, event: Event) -> None:
        """Tell every listener, but wait only briefly for one that is stuck; for the main thread."""
        if self._lock.acquire(timeout=_PATIENCE):
            try:
                self._tell(event)
            finally:
                self._lock.release()

    def output(self, container: str, stream: Stream, data: bytes) -> None:
        """Hand on what a container printed. Never raises."""
        with self._lock:
            for listener in self._listeners:
                try:
                    listener.on_output(container, stream, data)
                except BrokenPipeError:
                    self._nobody_reads()

    def _tell(self, event: Event, at: float | None = None) -> None:
        at = time.monotonic() if at is None else at
        for listener in self._listeners:
            try:
                listener.on_event(event, at)
            except BrokenPipeError:
                self._nobody_reads()

    def _nobody_reads(self) -> None:
        if not self._broken:
            self._broken = True
            self.broadcast(Interrupted("SIGPIPE", 1))
