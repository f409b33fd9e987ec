"""A person's home folder and terminal, as the tests of whole runs look at them."""

import os
import time
from collections.abc import Mapping

import pexpect
import psutil

from telemetry.state import StoredAnswer, load
from tests.support.journey import Journey

__all__ = ["DISABLED", "NOBODY", "UNDECIDED", "answer", "end", "folder", "left", "seen", "settle", "waiting"]

NOBODY = "http://127.0.0.1:9"
"""A collector that refuses every connection at once."""

UNDECIDED: Mapping[str, str | None] = {
    "TASKRUNNER_DISABLE_TELEMETRY": None,
    "TASKRUNNER_TELEMETRY_URL": NOBODY,
}
"""The environment of a person who has set nothing about telemetry."""

DISABLED: Mapping[str, str | None] = {"TASKRUNNER_DISABLE_TELEMETRY": "true"}
"""The environment in which nothing is recorded or sent, whatever was answered."""


def folder(journey: Journey) -> str:
    """Return the path of the telemetry folder, which may not exist."""
    return str(journey.home / ".taskrunner" / "telemetry")


def answer(journey: Journey) -> str | None:
    """Return what is stored as the person's answer: allowed, denied, or None where nothing is."""
    found = load(folder(journey))
    assert found is None or isinstance(found, StoredAnswer), found
    return found.state if found else None


def end(child: "pexpect.spawn[str]") -> tuple[int, str]:
    """Wait for the end of a program on a terminal; return its exit code and what it wrote since last."""
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus is not None, f"ended by signal {child.signalstatus}"
    return child.exitstatus, child.before or ""


def settle(journey: Journey, timeout: float = 40) -> None:
    """Wait for the processes that outlive a command: they write its record, or upload earlier ones."""
    mark, deadline = journey.environment["JOURNEY"], time.monotonic() + timeout
    # One that is just being started by another cannot be told from others' for a moment.
    quiet = 0
    while quiet < 2:
        running = [each for each in psutil.process_iter() if _belongs(each, mark)]
        quiet = 0 if running else quiet + 1
        assert time.monotonic() < deadline, f"still there: {running}"
        time.sleep(0.05)


def waiting(journey: Journey) -> dict[str, bytes]:
    """Return the sessions that wait to be sent, by their ids."""
    spool = os.path.join(folder(journey), "spool")
    names = os.listdir(spool) if os.path.isdir(spool) else []
    found = {}
    for name in names:
        with open(os.path.join(spool, name), "rb") as file:
            found[name.partition(".")[0]] = file.read()
    return found


def left(journey: Journey) -> list[str]:
    """Return what commands left in the home, but for what they may leave without telemetry, too."""
    state = journey.home / ".taskrunner"
    known = [state / name for name in ("README", "parsed", "projects")]
    found = (path for path in journey.home.rglob("*") if path != state)
    return sorted(str(path) for path in found if not any(path.is_relative_to(each) for each in known))


def seen(top: str) -> dict[str, tuple[int, ...]]:
    """Return what a watch over a folder would tell apart, of everything in it.

    A file that was only there for a moment shows in the time of its folder.
    """
    paths = [top]
    for parent, folders, files in os.walk(top):
        paths += [os.path.join(parent, name) for name in (*folders, *files)]
    return {path: _state(path) for path in paths}


def _state(path: str) -> tuple[int, ...]:
    about = os.lstat(path)
    return (about.st_ino, about.st_mode, about.st_size, about.st_mtime_ns, about.st_ctime_ns)


def _belongs(process: psutil.Process, mark: str | None) -> bool:
    try:
        return process.environ().get("JOURNEY") == mark and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False  # ended meanwhile, a zombie, or another person's
