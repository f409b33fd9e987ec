"""Recording beside a command, so that nobody waits for it.

Loading the catalogue and all that belongs to a session takes more than ten milliseconds. A run spends
far more than that waiting for its engine, so there a thread does it; any other command is over by then,
and a process that outlives it does it.
"""

import contextlib
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from queue import SimpleQueue
    from threading import Thread

    from taskrunner.execution.events import Event, Stream
    from taskrunner.usage_recording import Recording

__all__ = ["EventQueue", "Worker"]

_LONGEST = 30
"""Seconds."""
_SETTLING = 2.0
"""Seconds for what has still to be gathered, where nobody waits."""

_LONG = frozenset(
    {"ImagePullStarted", "ImageBuildStarted", "ContainerStarting", "TaskFailed", "TaskFinished"}
)
"""Events behind which the engine, or nobody, has something to do for a while."""
_SOON = 0.2
"""Seconds after which the recording begins in any case, so that it survives a run that is killed."""

_Job: TypeAlias = "Callable[[Recording], None]"


class Worker:
    """Makes a recording and does jobs with it, one after another, in a thread or a process of its own.

    Jobs wait until `start` or `finish_apart`. The first that fails ends the recording. `make` returns
    None where it turns out that nothing is to be recorded.
    """

    def __init__(self, make: "Callable[[], Recording | None]") -> None:
        self._make = make
        self._waiting: list[_Job] = []
        self._thread: tuple[Thread, SimpleQueue[_Job | None]] | None = None
        self._recording: Recording | None = None
        self._done = False

    def post(self, job: _Job) -> None:
        """Have a job done; its result is nobody's. Not while another thread calls `start`."""
        if self._thread is None:
            self._waiting.append(job)
        else:
            self._thread[1].put(job)

    def start(self) -> "tuple[Thread, SimpleQueue[_Job | None]]":
        """Begin with the jobs that wait, and return the thread that does them; may be called again."""
        if self._thread is None:
            # Here, because a command that is not a run needs neither.
            from queue import SimpleQueue
            from threading import Thread

            jobs: SimpleQueue[_Job | None] = SimpleQueue()
            for job in self._waiting:
                jobs.put(job)
            thread = Thread(target=self._work_through, args=(jobs,), name="usage", daemon=True)
            self._thread = thread, jobs
            thread.start()
        return self._thread

    def finish(self, patience: float) -> None:
        """Wait until all jobs are done, at most so many seconds, or until somebody presses Ctrl-C.

        A record that is complete by then, but neither sent nor on the disk, is left to a process of its own.
        """
        thread, jobs = self.start()
        jobs.put(None)
        # The command itself is over: who interrupts now is in a hurry, and gets its exit code all the same.
        with contextlib.suppress(KeyboardInterrupt):
            thread.join(patience)
        # Not `is_alive`: a thread whose `join` was interrupted counts as ended (seen with Python 3.11).
        if not self._done and self._recording is not None:
            self._recording.save_apart()

    def finish_apart(self) -> bool:
        """Have all jobs done by a process that outlives this one; False where that cannot be.

        It cannot once there are threads: a lock that one of them holds would stay locked in the child.
        """
        threading = sys.modules.get("threading")
        if self._thread is not None or (threading is not None and threading.active_count() > 1):
            return False
        parent = os.getpid()
        if os.fork() == 0:
            try:
                _detach()
                _wait_for_the_end_of(parent)
                self._work_off()
            finally:
                os._exit(0)
        return True

    def _work_through(self, jobs: "SimpleQueue[_Job | None]") -> None:
        try:
            recording = self._recording = self._make()
            while recording is not None and (job := jobs.get()) is not None:
                job(recording)
        except Exception:  # noqa: BLE001 - the boundary to telemetry: what is broken there ends the recording
            return
        finally:
            self._done = True

    def _work_off(self) -> None:
        recording = self._make()
        if recording is None:
            return
        recording.settle(_SETTLING)
        for job in self._waiting:
            job(recording)
        recording.settle(_LONGEST)


def _detach() -> None:
    """Let go of the terminal and of every file: whoever reads the command's output waits for its end."""
    os.setsid()
    os.nice(10)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    # Not up to the limit: containers have one of a billion, which old kernels would count through.
    os.closerange(3, 65536)
    # Whatever hangs, such as a dead file system, does not hang for ever.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_LONGEST)


def _wait_for_the_end_of(parent: int) -> None:
    """Let the command end first: on a machine with few processors it would share one with us."""
    for _ in range(100):
        if os.getppid() != parent:
            return
        time.sleep(0.002)


class EventQueue:
    """Hears of a run's events and hands them on to the thread that records.

    That thread begins while the engine is busy for long. Loading all that it needs takes 20 ms of Python,
    and each answer of the engine would be noticed up to 5 ms later meanwhile (`sys.getswitchinterval`).
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._latest = 0.0

    def on_event(self, event: "Event", at: float) -> None:
        """Hand an event on."""
        self._worker.post(lambda recording: recording.on_event(event, at))
        self._latest = self._latest or at + _SOON
        if at >= self._latest or type(event).__name__ in _LONG:
            self._worker.start()

    def on_output(self, container: str, stream: "Stream", data: bytes) -> None:
        """Take no note of what a container printed."""
