"""Recording beside a command, so that nobody waits for it.

Loading the catalogue and all that belongs to a session takes more than ten milliseconds. A run spends
far more than that waiting for its engine, so there a thread does it; any other command is over by then,
and a process that outlives it does it.
"""

import os
import signal
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskrunner.execution.events import Event, Stream
    from taskrunner.usage_recording import Recording

__all__ = ["EventQueue", "Worker"]

_LONGEST = 30
"""Seconds."""

_Job: TypeAlias = "Callable[[Recording], None]"


class Worker:
    """Makes a recording and does jobs with it, one after another, in a thread of its own.

    Jobs wait until `start`. The first that fails ends the recording.
    """

    def __init__(self, make: "Callable[[], Recording]") -> None:
        self._make = make
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="usage", daemon=True)

    def post(self, job: _Job) -> None:
        """Have a job done; its result is nobody's."""
        self._jobs.put(job)

    def start(self) -> None:
        """Begin with the jobs that wait. May be called again."""
        if self._thread.ident is None:
            self._thread.start()

    def finish(self, patience: float) -> None:
        """Wait until all jobs are done, at most so many seconds."""
        self._jobs.put(None)
        self.start()
        self._thread.join(patience)

    def finish_apart(self) -> bool:
        """Have all jobs done by a process that outlives this one; False where that cannot be.

        It cannot once there are threads: a lock that one of them holds would stay locked in the child.
        """
        if threading.active_count() > 1:
            return False
        self._jobs.put(None)
        if os.fork() == 0:
            try:
                _detach()
                self._work()
            finally:
                os._exit(0)
        return True

    def _work(self) -> None:
        try:
            recording = self._make()
            while (job := self._jobs.get()) is not None:
                job(recording)
        except Exception:  # noqa: BLE001 - the boundary to telemetry: what is broken there ends the recording
            return


def _detach() -> None:
    """Let go of the terminal and of every file: whoever reads the command's output waits for its end."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    # Not up to the limit: containers have one of a billion, which old kernels would count through.
    os.closerange(3, 65536)
    # Whatever hangs, such as a dead file system, does not hang for ever.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_LONGEST)


class EventQueue:
    """Hears of a run's events and hands them on to the thread that records."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def on_event(self, event: "Event", at: float) -> None:
        """Hand an event on; the first one shows that the command is done with what it had to load."""
        self._worker.post(lambda recording: recording.on_event(event, at))
        self._worker.start()

    def on_output(self, container: str, stream: "Stream", data: bytes) -> None:
        """Take no note of what a container printed."""
