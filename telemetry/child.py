"""Starts the processes that talk to the collector, so that no command waits for a network.

A child shares nothing with its parent: its own session, so that neither Ctrl-C nor the end of the
terminal reaches it; no standard streams but those it is given; no open files.
"""

import contextlib
import json
import os
import signal
import sys
from typing import Any, Final, NamedTuple, Self

from telemetry.endpoints import Destination

__all__ = ["GUARD", "Settings", "end_after", "settle_in", "spawn"]

GUARD: Final = "TELEMETRY_CHILD"
"""Set in the environment of such a process: whatever it starts must not start another."""

_ELSEWHERE: Final = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)
_RESET: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


class Settings(NamedTuple):
    """What such a process has to know."""

    folder: str
    """The telemetry folder."""
    destination: Destination
    ca_file: str | None = None
    """Certificates to trust in place of the system's."""

    def pack(self) -> str:
        """Return the settings as one argument, for a process that works in another folder. Raises OSError."""
        ca_file = self.ca_file and os.path.abspath(self.ca_file)
        return json.dumps([os.path.abspath(self.folder), self.destination, ca_file])

    @classmethod
    def unpack(cls, packed: str) -> Self:
        """Return what was packed."""
        folder, destination, ca_file = json.loads(packed)
        return cls(folder, Destination(*destination), ca_file)


def spawn(
    module: str, settings: Settings, *more: str, stdin: int | None = None, stdout: int | None = None
) -> int | None:
    """Run a module of this package in a new process and return its id; None where that cannot be.

    Its arguments are the settings, packed, and what else is given. Streams that are not given lead to
    /dev/null. Takes about half a millisecond, where importing `subprocess` alone would take nine. Never
    raises.
    """
    # Where a program was frozen into one file, that file is what could be run: the program, not Python.
    if os.environ.get(GUARD) or not sys.executable or getattr(sys, "frozen", False):
        return None
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, *_isolated(module), settings.pack(), *more],
            {**os.environ, GUARD: "1"},
            file_actions=[_stream(0, stdin), _stream(1, stdout), _stream(2, None)],
            setsid=True,
            setsigmask=(),
            setsigdef=_RESET,
        )
    except (OSError, ValueError, NotImplementedError):
        return None


def settle_in(*, idle: bool = False) -> None:
    """Make this process a quiet one: private files, no folder in use.

    An idle one has only the processor time that nobody else wants, where the system knows such a thing;
    a command whose containers keep every processor busy takes no longer for it.
    """
    os.umask(0o077)
    os.chdir("/")
    if idle:
        os.nice(10)
        with contextlib.suppress(AttributeError, OSError):  # Linux alone has it, and a sandbox may refuse it
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def end_after(seconds: float) -> None:
    """See to it that this process does not last for ever, whatever it hangs on."""
    import threading

    watchdog = threading.Timer(seconds, os._exit, [1])
    watchdog.daemon = True
    watchdog.start()


def _isolated(module: str) -> list[str]:
    """Return options that run a module; the caller's folder and environment add nothing to its imports."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    user_site = getattr(sys.modules.get("site"), "USER_SITE", None)
    # `-I` would hide this package from itself where it was installed for one user.
    if user_site and root == os.path.normpath(user_site):
        return ["-EP", "-m", module]
    if os.path.basename(root) in ("site-packages", "dist-packages"):
        return ["-I", "-m", module]
    # In an archive, or in a folder that PYTHONPATH names: only we know where.
    return ["-I", "-c", _ELSEWHERE, root, module]


def _stream(number: int, source: int | None) -> Any:
    if source is None:
        return (os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0)
    return (os.POSIX_SPAWN_DUP2, source, number)
