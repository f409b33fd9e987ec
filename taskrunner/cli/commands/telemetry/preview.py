"""`taskrunner telemetry preview`: the exact bytes of a session, and what each part of it is."""

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from taskrunner import usage_consent
from taskrunner._version import VERSION
from taskrunner.host.resources import peak_memory
from taskrunner.usage_catalog import CATALOG
from telemetry import spooled
from telemetry.consent import decide_for
from telemetry.record import faults
from telemetry.sent_log import SentLog
from telemetry.spool import Spool

if TYPE_CHECKING:
    from telemetry.entries import Field

__all__ = ["preview"]


def preview() -> None:
    """Print the newest session, byte for byte, and what is in it.

    Where none was recorded, it is the one that a command like this would be, made now and kept
    nowhere. The bytes go to standard output, everything else to standard error.
    """
    origin, data = _recorded(usage_consent.application(os.environ).folder) or (
        "Made for this preview",
        _made(),
    )
    print(f"{origin}; what it says:", file=sys.stderr)
    for line in _described(json.loads(data)):
        print(line, file=sys.stderr)
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def _recorded(folder: str) -> tuple[str, bytes] | None:
    """Return the newest session that waits, else the one that was sent last."""
    for entry in sorted(spooled.entries(folder), key=lambda each: each.time, reverse=True):
        if (data := Spool(folder).read(entry)) is not None:
            return f"Session {entry.session_id}, which waits to be sent", data
    sent_log = SentLog(folder)
    for attempt in reversed(sent_log.attempts()):
        if (data := sent_log.copy(attempt.session_id)) is not None:
            return f"Session {attempt.session_id}, which was sent", data
    return None


def _made() -> bytes:
    """Return the session of a command that does nothing, as it would be recorded here."""
    from taskrunner.usage_collectors import ci, command, git, host, program, terminal
    from telemetry.clock import SYSTEM
    from telemetry.identity import random_id, user_id
    from telemetry.session import Session

    decision = decide_for(usage_consent.application(os.environ), os.environ)
    level = decision.level if decision.allowed else "full"
    session = Session(
        CATALOG.at(level, decision.catalog_version or CATALOG.version),
        application_version=VERSION,
        user_id=user_id(decision.secret, level, time.time()),
        session_id=random_id(),
        clock=SYSTEM,
    )
    found = {
        "command": command.collect(("telemetry", "preview"), os.environ, [os.isatty(n) for n in range(3)]),
        "host": host.collect(os.environ),
        "terminal": terminal.collect(os.environ),
        "ci": ci.collect(os.environ),
        "git": git.collect(os.environ),
        "program": program.collect(0, time.process_time(), peak_memory()),
    }
    for name, values in found.items():
        if name not in decision.collectors_off:
            _take(session.attribute, values)
    return session.to_bytes()


def _take(record: Any, values: Iterator[tuple[str, object]]) -> None:
    try:
        for name, value in values:
            record(name, value)
    except OSError:
        return  # what this machine does not tell is left out of a real session too


def _described(session: Any) -> Iterator[str]:
    """Say what each part of a session is, provided that it is one by this release's catalogue."""
    if faults(CATALOG, session):
        yield "  It is none of this release's, so its parts have no explanation here."
        return
    yield from _attributes("  ", session["attributes"], CATALOG.attributes)
    for event in session["events"]:
        if kind := CATALOG.event(event["type"]):
            yield f"  {kind.name}: {kind.question}"
            yield from _attributes("    ", event["attributes"], kind.attributes)
    for span in session["spans"]:
        if step := CATALOG.span(span["type"]):
            yield f"  {step.name}, {span['startTime']} to {span['endTime']}: {step.question}"
            yield from _attributes("    ", span["attributes"], step.attributes)


def _attributes(indent: str, values: dict[str, Any], fields: "tuple[Field, ...]") -> Iterator[str]:
    for field in fields:
        if field.name in values:
            yield f"{indent}{field.name} = {json.dumps(values[field.name])}: {field.question}"
