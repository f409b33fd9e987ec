"""Steps in flight: one thread each, at most so many at a time, and news when each is done."""

from collections.abc import Callable
from threading import Semaphore, Thread

from taskrunner.engine.cancellation import Cancelled
from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.execution.bus import Bus, Done
from taskrunner.execution.steps import RunContainer, Step

__all__ = ["Crash", "StepThreads"]

Crash = Callable[[BaseException], str | None]
"""Writes a crash report and returns its path."""


class StepThreads:
    """Runs steps on threads and keeps count of them."""

    def __init__(self, bus: Bus, limit: Semaphore | None, crash: Crash, first: int = 0) -> None:
        """Count the steps from `first` on."""
        self._bus = bus
        self._limit = limit
        self._crash = crash
        self._next = first
        self.running: dict[int, Step] = {}

    def start(self, step: Step, work: Callable[[], bool]) -> None:
        """Carry out a step; `work` returns whether it went well and raises only what it did not expect."""
        number = self._next
        self._next += 1
        self.running[number] = step
        Thread(
            target=self._carry_out, args=(step, number, work), name=type(step).__name__, daemon=True
        ).start()

    def done(self, number: int) -> None:
        """Take note that a step's thread has ended."""
        self.running.pop(number, None)

    def any_finite(self) -> bool:
        """Return whether a step runs that ends by itself or by being cancelled."""
        return any(not isinstance(step, RunContainer) for step in self.running.values())

    def _carry_out(self, step: Step, number: int, work: Callable[[], bool]) -> None:
        # A running container is no work of ours, so it does not count towards the limit.
        limit = None if isinstance(step, RunContainer) else self._limit
        if limit is not None:
            limit.acquire()
        self._bus.post(e.StepStarted(step, number))
        well = False
        try:
            well = work()
        except Cancelled:
            pass
        except EngineError as error:
            self._bus.post(e.StepCrashed(step, error.message, None))
        except Exception as error:  # noqa: BLE001 - the boundary of every step: none may vanish silently
            self._bus.post(e.StepCrashed(step, f"{type(error).__name__}: {error}", self._crash(error)))
        finally:
            if limit is not None:
                limit.release()
            self._bus.post(e.StepFinished(step, number, failed=not well))
            self._bus.queue.put(Done(number))
