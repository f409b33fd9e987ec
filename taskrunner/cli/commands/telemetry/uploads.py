"""What waits and what was sent: `queue`, `pause`, `resume`, `submit`, `log`."""

import os
import sys
from typing import Annotated

import typer

from taskrunner import usage_consent
from taskrunner.cli.commands.telemetry.state import destination, forbidders
from taskrunner.errors import MachineError, UserError
from taskrunner.output.humanise import amount
from telemetry import consent, switches, uploader
from telemetry.sent_log import SentLog
from telemetry.spool import Spool
from telemetry.state import StoredAnswer, load

__all__ = ["log", "pause", "queue", "resume", "submit"]

_Show = Annotated[
    list[str] | None,
    typer.Argument(metavar="[show ID]", help="Print one, byte for byte.", show_default=False),
]


def queue(show: _Show = None) -> None:
    """List the sessions that wait to be sent, or print one of them."""
    spool = Spool(_folder())
    waiting = spool.pending() if os.path.isdir(spool.folder) else []
    wanted = _wanted(show)
    if wanted is None:
        for entry in sorted(waiting, key=lambda each: each.time):
            print(f"{entry.session_id}  level {entry.level}  {amount(entry.size, 'byte')}")
        print(f"{amount(len(waiting), 'session')} waiting.", file=sys.stderr)
        return
    found = next((entry for entry in waiting if entry.session_id == wanted), None)
    _print_bytes(spool.read(found) if found else None, wanted)


def log(show: _Show = None) -> None:
    """List what was sent in the last 30 days, or print it."""
    sent_log = SentLog(_folder())
    wanted = _wanted(show)
    if wanted is not None:
        _print_bytes(sent_log.copy(wanted), wanted)
        return
    attempts = sent_log.attempts()
    for attempt in attempts:
        print(
            f"{attempt.time}  {attempt.session_id}  sha256:{attempt.digest}  "
            f"{amount(attempt.size, 'byte')}  {attempt.verdict} ({attempt.answer})  {attempt.url}"
        )
    print(f"{amount(len(attempts), 'attempt')} in the last 30 days.", file=sys.stderr)


def pause() -> None:
    """Send nothing until `resume`; sessions wait meanwhile."""
    answer = load(_folder())
    if not isinstance(answer, StoredAnswer) or answer.state != "allowed":
        raise UserError(
            "telemetry.nothing-to-pause",
            "Nobody allowed telemetry here, so nothing is sent anyway.",
            "`taskrunner telemetry status` shows what holds.",
        )
    try:
        switches.pause(_folder())
    except OSError as error:
        raise _unwritable(error) from error
    print("Uploads are paused. To go on: `taskrunner telemetry resume`.")


def resume() -> None:
    """Send what waits again, from the next run on."""
    was_paused = switches.resume(_folder())
    print("Uploads go on." if was_paused else "Uploads were not paused.")


def submit(ctx: typer.Context) -> None:
    """Send what waits, now, also while uploads are paused."""
    application = usage_consent.application(os.environ)
    if against := forbidders(ctx, application):
        raise UserError(
            "telemetry.off",
            f"Telemetry is off here, because of: {', '.join(against)}.",
            "`taskrunner telemetry queue` shows what waits.",
        )
    decision = consent.decide_for(application, os.environ)
    if not decision.allowed:
        raise UserError(
            "telemetry.off",
            f"Telemetry is off; decided by: {decision.decided_by}.",
            "To allow it: `taskrunner telemetry enable`.",
        )
    try:
        summary = uploader.run_pass(
            application.folder, destination(decision), decision.ca_file, say=print, paused_too=True
        )
    except OSError as error:
        raise _unwritable(error) from error
    if summary is None:
        print("Another process is sending at this moment.")


def _folder() -> str:
    return usage_consent.application(os.environ).folder


def _wanted(words: list[str] | None) -> str | None:
    """Return the id behind `show`, or None where there is neither."""
    if not words:
        return None
    if len(words) != 2 or words[0] != "show":
        raise UserError(
            "telemetry.bad-show",
            f"'{' '.join(words)}' is not understood here.",
            "Write `show` and a session's id.",
        )
    return words[1]


def _print_bytes(data: bytes | None, session_id: str) -> None:
    if data is None:
        raise UserError(
            "telemetry.unknown-session",
            f"There is no session '{session_id}' here.",
            "Leave out `show` for a list.",
        )
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def _unwritable(error: OSError) -> MachineError:
    return MachineError(
        "telemetry.folder-not-writable",
        f"The folder of telemetry cannot be written: {error.strerror} ({error.filename}).",
        "Mend its permissions, or make room on the disk.",
    )
