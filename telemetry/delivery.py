"""What follows from an attempt: the log, the copy, the counts, and what the collector asked for."""

import json
import time
from collections.abc import Callable

from telemetry import files, sent_log, switches, tally
from telemetry.endpoints import Destination
from telemetry.outcome import Outcome
from telemetry.sent_log import Attempt, SentLog

__all__ = ["Delivery", "Put"]

Put = Callable[[str, bytes], Outcome]
"""Sends bytes to an address; `transport.put` with its settings filled in."""


class Delivery:
    """Sends one session at a time and keeps the books of one telemetry folder."""

    def __init__(self, folder: str, destination: Destination, put: Put) -> None:
        self._folder = folder
        self._destination = destination
        self._put = put

    def send(self, session_id: str, level: str, data: bytes) -> tuple[Outcome, Attempt]:
        """Make one attempt; nothing is noted yet. Raises EndpointError where the address is none."""
        url = self._destination.url(level, _version_in(data))
        started = time.monotonic()
        outcome = self._put(url, data)
        seconds = time.monotonic() - started
        return outcome, sent_log.describe((session_id, level), data, url, outcome, seconds)

    def book(self, outcome: Outcome, attempt: Attempt, copy: bytes | None) -> None:
        """Log an attempt, count it, and do what the answer asks. Raises no OSError.

        `copy` is kept where the session left this machine for good; None keeps none.
        """
        try:
            files.make_folder(self._folder)
        except OSError:
            return
        log = SentLog(self._folder)
        if copy is not None and outcome.verdict in ("stored", "refused"):
            log.keep_copy(attempt.session_id, copy)
        log.record(attempt)
        tally.add(self._folder, milliseconds=attempt.milliseconds)
        self._count(outcome)
        try:
            if outcome.verdict == "gone":
                switches.switch_off(self._folder, attempt.url)
            if outcome.retry_after is not None:
                switches.hold(self._folder, outcome.retry_after)
        except OSError:
            return

    def _count(self, outcome: Outcome) -> None:
        match outcome.verdict:
            case "stored":
                tally.add(self._folder, sent=1)
            case "refused":
                tally.add(self._folder, refused=1)
            case "gone" | "later":
                tally.add(self._folder, failed=1)


def _version_in(session: bytes) -> str:
    """Return the version of the program that recorded a session; it tells releases from other builds."""
    try:
        version = json.loads(session)["applicationVersion"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    return version if isinstance(version, str) else ""
