"""The news of tasks that run at the same time: told one task after another, in the order of the plan.

Listeners, and people, hear of one task at a time, as if the tasks had run one after another. The first
task that is not done is heard as it happens; what others tell and print is held back until their turn.
"""

import time
from collections.abc import Callable
from threading import RLock
from typing import IO, TypeAlias

from taskrunner.execution.bus import Bus
from taskrunner.execution.events import Event, Stream

__all__ = ["Lane"]

_Held: TypeAlias = tuple[Event, float] | tuple[str, Stream, int]


class Lane(Bus):
    """One task's way to the listeners of a run."""

    def __init__(self, whole: Bus) -> None:
        super().__init__(())
        self._whole = whole
        self._turn = RLock()
        self._held: list[_Held] | None = []
        self._data: IO[bytes] | None = None
        whole.share(self.queue)

    def post(self, event: Event) -> None:
        """Tell every listener, when it is this task's turn, and the task's own state machine now."""
        self._tell_in_turn(event, lambda: self._whole.tell(event))
        self.queue.put(event)

    def announce(self, event: Event) -> None:
        """Tell every listener, when it is this task's turn; wait only briefly for one that is stuck."""
        self._tell_in_turn(event, lambda: self._whole.announce(event))

    def output(self, container: str, stream: Stream, data: bytes) -> None:
        """Hand on what a container printed, when it is this task's turn."""
        with self._turn:
            if self._held is None:
                self._whole.output(container, stream, data)
                return
            if self._data is None:
                import tempfile

                # What a task prints may be more than the memory holds.
                self._data = tempfile.TemporaryFile()  # noqa: SIM115 - closed once it was told
            self._data.write(data)
            self._held.append((container, stream, len(data)))

    def speak(self) -> None:
        """Tell what was held back, and from now on everything as it happens."""
        with self._turn:
            held, self._held = self._held, None
            if self._data is not None:
                self._data.seek(0)
            for each in held or ():
                if len(each) == 2:
                    self._whole.tell(*each)
                elif self._data is not None:
                    container, stream, size = each
                    self._whole.output(container, stream, self._data.read(size))
            if self._data is not None:
                self._data.close()
                self._data = None

    def _tell_in_turn(self, event: Event, tell: Callable[[], None]) -> None:
        with self._turn:
            if self._held is None:
                tell()
            else:
                self._held.append((event, time.monotonic()))
