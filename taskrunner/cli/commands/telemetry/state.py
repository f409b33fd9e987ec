"""What holds now: `status`, `policy`, `id`."""

import os
import sys
import time

import typer

from taskrunner import usage_consent
from taskrunner._version import VERSION
from taskrunner.cli import options as opt
from taskrunner.cli.project import read_project
from taskrunner.errors import TaskrunnerError, UserError
from taskrunner.output.humanise import amount
from telemetry import consent, identity, spooled, switches
from telemetry.consent import Circumstances, Decision
from telemetry.endpoints import Destination, EndpointError
from telemetry.gate import Application
from telemetry.reflow import reflow, terminal_width
from telemetry.sent_log import SentLog
from telemetry.state import StoredAnswer, Unusable, load

__all__ = ["destination", "forbidders", "in_one_line", "policy", "status", "user_id"]


def status(ctx: typer.Context) -> None:
    """Show what holds: on or off, who decided, what waits."""
    application = usage_consent.application(os.environ)
    case = consent.circumstances(application, forbidden_by=_elsewhere(ctx))
    decision = consent.decide(application, os.environ, case)
    print(f"Telemetry is on, at level {decision.level}." if decision.allowed else "Telemetry is off.")
    for line in (
        f"Decided by: {decision.decided_by}",
        *_others(application, case, decision),
        *_answer(application, case),
        *_switched_off(decision),
        *_uploads(application.folder),
        f"Collector: {_collector(decision)}",
        *decision.warnings,
    ):
        print(line)


def in_one_line(ctx: typer.Context) -> str:
    """Return whether telemetry is on, and who decided."""
    application = usage_consent.application(os.environ)
    case = consent.circumstances(application, forbidden_by=_elsewhere(ctx))
    decision = consent.decide(application, os.environ, case)
    state = f"on, at level {decision.level}" if decision.allowed else "off"
    return " ".join([f"Telemetry is {state} (decided by: {decision.decided_by}).", *decision.warnings])


def policy() -> None:
    """Print the whole privacy policy."""
    text = usage_consent.policy().whole()
    print(reflow(text, terminal_width(1)) if sys.stdout.isatty() else text, end="")


def user_id() -> None:
    """Print the id that your sessions carry.

    At level basic it is another one each week.
    """
    answer = load(usage_consent.application(os.environ).folder)
    if not isinstance(answer, StoredAnswer) or not answer.secret:
        raise UserError(
            "telemetry.no-id",
            "There is no id: nobody allowed telemetry here.",
            "One is made with a yes, and goes with `taskrunner telemetry disable`.",
        )
    print(identity.user_id(answer.secret, answer.level, time.time()))


def forbidders(ctx: typer.Context, application: Application) -> tuple[str, ...]:
    """Return everybody who forbids telemetry here, whatever the stored answer says."""
    case = consent.circumstances(application, forbidden_by=_elsewhere(ctx))
    return tuple(consent.forbids(application, os.environ, case))


def destination(decision: Decision) -> Destination:
    """Return where the sessions of this decision go."""
    return Destination(override=decision.endpoint)


def _elsewhere(ctx: typer.Context) -> tuple[str, ...]:
    """Return who forbids of those that only taskrunner knows: the project around us, and batect."""
    batect = usage_consent.forbidden_by_batect(os.environ)
    try:
        project = read_project(opt.before(ctx).common)
    except TaskrunnerError:
        return batect  # there is no project here, or none that could be run
    return (usage_consent.PROJECT, *batect) if project.forbid_telemetry else batect


def _others(application: Application, case: Circumstances, decision: Decision) -> list[str]:
    """Name those who would still forbid if the first did not."""
    rest = [each for each in consent.forbids(application, os.environ, case) if each != decision.decided_by]
    return [f"Also against it: {', '.join(rest)}"] if rest else []


def _answer(application: Application, case: Circumstances) -> list[str]:
    stored = case.stored
    if stored is None:
        return ["Stored answer: none"]
    if isinstance(stored, Unusable):
        return [f"Stored answer: {stored.reason}; it is left as it is, in {application.folder}"]
    if stored.state == "denied":
        return [f"Stored answer: denied, by {stored.how}, on {stored.when}"]
    lines = [f"Stored answer: allowed at level {stored.level}, by {stored.how}, on {stored.when}"]
    if stored.until:
        lines.append(f"Ends on: {stored.until}")
    if stored.catalog_version < application.catalog_version:
        lines.append(
            f"Recorded: what catalogue {stored.catalog_version} had; this release has "
            f"{application.catalog_version}, see `taskrunner telemetry diff`"
        )
    return lines


def _switched_off(decision: Decision) -> list[str]:
    if not decision.collectors_off:
        return []
    from taskrunner.usage_catalog import COLLECTORS

    unknown = " (there is no collector of this name)"
    names = (f"{name}{'' if name in COLLECTORS else unknown}" for name in sorted(decision.collectors_off))
    return [f"Switched off: {', '.join(names)}"]


def _uploads(folder: str) -> list[str]:
    waiting = spooled.entries(folder)
    paused = " (paused)" if switches.is_paused(folder) else ""
    size = sum(entry.size for entry in waiting)
    lines = [f"Queue: {amount(len(waiting), 'session')}, {amount(size, 'byte')}{paused}"]
    last = SentLog(folder).last_pass()
    if last is None:
        return [*lines, "Last upload: none"]
    counts = f"{last.sent} sent, {last.refused} refused, {last.failed} failed"
    return [*lines, f"Last upload: {last.time}, {counts}"]


def _collector(decision: Decision) -> str:
    level = decision.level if decision.allowed else "full"
    try:
        return destination(decision).url(level, VERSION)
    except EndpointError as error:
        return f"none, so nothing is sent: {error}"
