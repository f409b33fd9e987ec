"""What left this machine: a line for each attempt, and a copy of each session that was sent.

Written by the processes that upload, read by the person.
"""

import json
import os
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from telemetry import files, layout, lock, retention, spooled
from telemetry.outcome import Outcome
from telemetry.retention import DAY, Kept, Limits

__all__ = ["Attempt", "Pass", "SentLog", "describe", "now"]

_KEPT: Final = 30 * DAY
_COPIES: Final = Limits(files=10_000, size=64 * 1024 * 1024, age=_KEPT)
_MOST_LOG: Final = 8 * 1024 * 1024
_PATIENCE: Final = 2.0
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class Attempt(NamedTuple):
    """One attempt to upload a session."""

    time: str
    """In UTC, as RFC 3339."""
    session_id: str
    level: str
    digest: str
    """SHA-256 of the session's bytes, in hexadecimal."""
    size: int
    """Of the session in bytes, before compression."""
    url: str
    verdict: str
    answer: str
    """The status code, or a word such as `timeout`."""
    milliseconds: int
    """How long the attempt took."""


class Pass(NamedTuple):
    """What one pass over the spool came to."""

    time: str
    sent: int = 0
    refused: int = 0
    failed: int = 0
    ended: str = "done"
    """Why it ended: done, failures (five of them), hold (the collector asked for it), gone, paused,
    endpoint (the address is none) or emptied (by the person, meanwhile)."""

    def in_words(self) -> str:
        """Return a line for a log."""
        return f"{self.sent} sent, {self.refused} refused, {self.failed} failed: {self.ended}"


class SentLog:
    """The log of one telemetry folder. Writing raises no OSError: a full disk costs the line."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def record(self, attempt: Attempt) -> None:
        """Add an attempt."""
        line = f"{json.dumps(attempt._asdict())}\n".encode()
        try:
            with _locked(self._path(layout.LOG_LOCK)):
                _append(self._path(layout.SENT_LOG), line)
        except OSError:
            return

    def keep_copy(self, session_id: str, data: bytes) -> None:
        """Keep what was sent, byte for byte."""
        try:
            files.make_folder(self._folder, layout.SENT)
            files.write(self._path(layout.SENT, f"{session_id}.json"), data)
        except OSError:
            return

    def attempts(self) -> list[Attempt]:
        """Return the attempts of the last 30 days, oldest first; lines that make no sense are left out."""
        try:
            lines = files.read(self._path(layout.SENT_LOG), _MOST_LOG).splitlines()
        except OSError:
            return []
        oldest = time.strftime(_TIME, time.gmtime(time.time() - _KEPT))
        return [attempt for line in lines if (attempt := _parse(line)) and attempt.time >= oldest]

    def copy(self, session_id: str) -> bytes | None:
        """Return what was sent for a session, byte for byte, or None where no copy is kept."""
        if not layout.parse_file_name(f"{session_id}.any.json"):
            return None
        try:
            return files.read(self._path(layout.SENT, f"{session_id}.json"), spooled.MOST_BYTES)
        except OSError:
            return None

    def prune(self) -> None:
        """Delete lines and copies that are older than 30 days."""
        copies = [
            Kept(found.path, about.st_size, about.st_mtime)
            for found in spooled.scan(self._path(layout.SENT))
            if (about := spooled.status(found))
        ]
        for old in retention.surplus(copies, _COPIES, time.time()):
            files.remove(old.path)
        if not os.path.lexists(self._path(layout.SENT_LOG)):
            return
        try:
            with _locked(self._path(layout.LOG_LOCK)):
                lines = [f"{json.dumps(attempt._asdict())}\n" for attempt in self.attempts()]
                files.write(self._path(layout.SENT_LOG), "".join(lines).encode())
        except OSError:
            return

    def record_pass(self, summary: Pass) -> None:
        """Note what a pass came to, in place of the one before."""
        try:
            files.write(self._path(layout.LAST_UPLOAD), json.dumps(summary._asdict()).encode())
        except OSError:
            return

    def last_pass(self) -> Pass | None:
        """Return what the last pass came to, or None where there was none."""
        try:
            fields = json.loads(files.read(self._path(layout.LAST_UPLOAD), 4096))
        except (OSError, ValueError, RecursionError):
            return None
        types = {"time": str, "sent": int, "refused": int, "failed": int, "ended": str}
        return Pass(**fields) if _fits(fields, types) else None

    def _path(self, *names: str) -> str:
        return os.path.join(self._folder, *names)


def describe(name: tuple[str, str], data: bytes, url: str, outcome: Outcome, seconds: float) -> Attempt:
    """Describe an attempt that has just ended; the name is the session's id and level."""
    import hashlib

    return Attempt(
        time=now(),
        session_id=name[0],
        level=name[1],
        digest=hashlib.sha256(data).hexdigest(),
        size=len(data),
        url=url,
        verdict=outcome.verdict,
        answer=outcome.answer,
        milliseconds=round(1000 * seconds),
    )


def now() -> str:
    """Return the time, in UTC, as RFC 3339 to the second."""
    return time.strftime(_TIME, time.gmtime())


def _parse(line: bytes) -> Attempt | None:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    types = {name: int if name in ("size", "milliseconds") else str for name in Attempt._fields}
    return Attempt(**fields) if _fits(fields, types) else None


def _fits(fields: Any, types: Mapping[str, type]) -> bool:
    if not isinstance(fields, dict) or fields.keys() != types.keys():
        return False
    return all(type(fields[name]) is kind for name, kind in types.items())


def _append(path: str, line: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        files.write_to(descriptor, line)
    finally:
        os.close(descriptor)


def _locked(path: str) -> lock.Held:
    held = lock.take(path, _PATIENCE)
    if held is None:
        raise OSError(f"locked: {path}")
    return held
