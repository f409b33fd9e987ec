"""A person's answer, given as a command: `enable`, `disable`, `level`."""

import os
import re
import time
from typing import Annotated, Final

import typer

from taskrunner import usage_consent
from taskrunner.cli.commands.telemetry.forgetting import offer
from taskrunner.cli.commands.telemetry.state import forbidders
from taskrunner.errors import UserError
from telemetry import switches
from telemetry.clock import rfc3339
from telemetry.entries import LEVELS
from telemetry.gate import Application
from telemetry.spool import Spool
from telemetry.state import StateError, StoredAnswer, consent, denial, load, store

__all__ = ["disable", "enable", "level"]

_SECONDS: Final = {"h": 3600, "d": 86_400, "w": 7 * 86_400}
_LONGEST: Final = 10 * 366 * 86_400


def enable(
    ctx: typer.Context,
    level: Annotated[
        str | None,
        typer.Option("--level", metavar="LEVEL", help="How much: basic, middle or full. [default: full]"),
    ] = None,
    lasts: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="End by itself after a time such as 30d.")
    ] = None,
) -> None:
    """Allow telemetry, from the next run on."""
    application = usage_consent.application(os.environ)
    before = _stored(application)
    now = time.time()
    answer = consent(
        before,
        level=_known(level or (before.level if before and before.state == "allowed" else "full")),
        version=application.catalog_version,
        now=now,
        how="command",
    )
    if lasts is not None:
        answer = answer._replace(until=rfc3339(now + _seconds(lasts)))
    _store(application, answer)
    switches.switch_on(application.folder)
    until = f", until {answer.until}" if answer.until else ""
    print(f"Telemetry is allowed, at level {answer.level}{until}.")
    print("What is recorded and why: `taskrunner telemetry policy`. To stop: `taskrunner telemetry disable`.")
    if against := forbidders(ctx, application):
        print(f"Here it stays off all the same, because of: {', '.join(against)}.")


def disable() -> None:
    """Forbid telemetry, and delete what it kept.

    That is the sessions that wait to be sent, the copies of those that were, the log and your id.
    """
    _deny(usage_consent.application(os.environ))


def level(
    level: Annotated[
        str | None, typer.Argument(metavar="[LEVEL]", help="none, basic, middle or full.", show_default=False)
    ] = None,
) -> None:
    """Print how much is allowed, or change it.

    The level none is the same as `disable`.
    """
    application = usage_consent.application(os.environ)
    answer = _stored(application)
    if level is None:
        print(answer.level if answer else "none")
        return
    if level == "none":
        _deny(application)
        return
    wanted = _known(level)
    if answer is None or answer.state != "allowed":
        raise UserError(
            "telemetry.not-allowed",
            "Telemetry is not allowed, so there is no level to change.",
            f"To allow it: `taskrunner telemetry enable --level {wanted}`.",
        )
    _store(application, answer._replace(level=wanted))
    print(f"Telemetry is allowed, at level {wanted}.")


def _deny(application: Application) -> None:
    answer = _stored(application)
    if answer and answer.secret and not offer(answer):
        print("Nothing was changed.")
        return
    # The answer first: an upload that is under way looks at the folder before each session.
    _store(application, denial(version=application.catalog_version, now=time.time(), how="command"))
    gone = Spool(application.folder).clear()
    print("Telemetry is off. The queue, the copies of what was sent, the log and your id are deleted.")
    if gone:
        print(f"Never sent: {gone} of the sessions that waited.")


def _stored(application: Application) -> StoredAnswer | None:
    found = load(application.folder)
    if found is None or isinstance(found, StoredAnswer):
        return found
    raise _unusable(f"The stored answer in {application.folder} {found.reason}.")


def _store(application: Application, answer: StoredAnswer) -> None:
    try:
        store(application.folder, answer)
    except StateError as error:
        raise _unusable(f"The answer cannot be stored: {error}") from error


def _unusable(message: str) -> UserError:
    return UserError(
        "telemetry.state-unusable",
        message,
        "Telemetry is off as long as that is so. Look at the file; delete it to start anew.",
    )


def _known(level: str) -> str:
    if level not in LEVELS[1:]:
        raise UserError(
            "telemetry.unknown-level",
            f"'{level}' is no level of telemetry.",
            "The levels are basic, middle and full; `taskrunner telemetry disable` stops it.",
        )
    return level


def _seconds(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,5})([hdw])", text)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 0 < seconds <= _LONGEST:
        raise UserError(
            "telemetry.bad-time",
            f"'{text}' is no time for which telemetry could be allowed.",
            "Write a time such as 12h, 30d or 8w, of at most ten years.",
        )
    return seconds
