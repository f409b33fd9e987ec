"""Delivers the session of a run on CI before the command ends, in five seconds or not at all.

A CI agent is often gone after its build, so a spool there would never be emptied. A child starts with the
run, so that its imports cost no time of their own, and waits on a pipe; at the end it gets the session and
answers with what became of it. What did not arrive is spooled as anywhere else.

The child's half is `telemetry.direct_child`.
"""

import fcntl
import os
import select
import signal
import time
from typing import Final, Self

from telemetry import child, switches
from telemetry.endpoints import Destination
from telemetry.spool import Spool

__all__ = ["TOTAL_SECONDS", "Direct"]

TOTAL_SECONDS: Final = 5.0
"""Wall time that the end of a run may cost, name resolution, TLS and the fallback to the disk included."""

# What ending the child and writing the session to a slow disk may take of that.
_RESERVE: Final = 0.3
_CHUNK: Final = 16 * 1024


class Direct:
    """The delivery of one run's session, prepared when the run starts."""

    def __init__(self, spool: Spool, pid: int | None, to_child: int = -1, from_child: int = -1) -> None:
        self._spool = spool
        self._pid = pid
        self._to_child = to_child
        self._from_child = from_child

    @classmethod
    def prepare(cls, folder: str, destination: Destination, ca_file: str | None = None) -> Self:
        """Start the child. Where it cannot be, or uploads are held back, `deliver` spools. Never raises."""
        spool = Spool(folder)
        if not switches.may_upload(folder):
            return cls(spool, None)
        try:
            (read_session, to_child), (from_child, write_answer) = _pipe(), _pipe()
        except OSError:
            return cls(spool, None)
        settings = child.Settings(folder, destination, ca_file)
        pid = child.spawn("telemetry.direct_child", settings, stdin=read_session, stdout=write_answer)
        os.close(read_session)
        os.close(write_answer)
        return cls(spool, pid, to_child, from_child)

    def deliver(self, session_id: str, data: bytes, level: str = "full") -> bool:
        """Send the session, within five seconds; return whether the collector has it.

        What the collector has, or will never take, is not written to the disk; anything else is spooled.
        Raises ValueError where id or level are none.
        """
        deadline = time.monotonic() + TOTAL_SECONDS - _RESERVE
        verdict = self._ask(session_id, data, level, deadline) if self._pid else ""
        self.close()
        if verdict not in ("stored", "refused", "gone"):
            self._spool.put(session_id, data, level)
        return verdict == "stored"

    def close(self) -> None:
        """End the child, which without a session has sent nothing. May be called twice."""
        for descriptor in (self._to_child, self._from_child):
            if descriptor >= 0:
                os.close(descriptor)
        self._to_child = self._from_child = -1
        if self._pid:
            _end(self._pid)
            self._pid = None

    def _ask(self, session_id: str, data: bytes, level: str, deadline: float) -> str:
        header = f"{session_id} {level} {len(data)}\n".encode()
        try:
            if not _write(self._to_child, header + data, deadline):
                return ""
            os.close(self._to_child)
            self._to_child = -1
            return _read(self._from_child, deadline).decode("ascii", "replace").strip()
        except OSError:
            return ""  # the child is no more


def _pipe() -> tuple[int, int]:
    """Make a pipe whose ends are not 0, 1 or 2, even in a program that was started without those."""
    ends = os.pipe()
    try:
        return (
            fcntl.fcntl(ends[0], fcntl.F_DUPFD_CLOEXEC, 3),
            fcntl.fcntl(ends[1], fcntl.F_DUPFD_CLOEXEC, 3),
        )
    finally:
        os.close(ends[0])
        os.close(ends[1])


def _write(descriptor: int, data: bytes, deadline: float) -> bool:
    """Write everything before the deadline: a child that does not read would block a plain write."""
    os.set_blocking(descriptor, False)
    rest = memoryview(data)
    while rest:
        if not _ready(descriptor, select.POLLOUT, deadline):
            return False
        try:
            rest = rest[os.write(descriptor, rest[:_CHUNK]) :]
        except BlockingIOError:
            continue  # room for less than a chunk
    return True


def _read(descriptor: int, deadline: float) -> bytes:
    if not _ready(descriptor, select.POLLIN, deadline):
        return b""
    return os.read(descriptor, 64)


def _ready(descriptor: int, event: int, deadline: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    return left > 0 and bool(poll.poll(left * 1000))


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except OSError:
        return
