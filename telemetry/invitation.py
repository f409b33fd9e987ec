"""Puts the question that a decision leaves open, stores the answer, and decides again."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from telemetry.consent import FIRST, GROWN, Decision, decide_for
from telemetry.gate import Application
from telemetry.growth import additions
from telemetry.policy import Policy, notice
from telemetry.prompt import Terminal, ask, ask_about
from telemetry.state import StateError, StoredAnswer, consent, denial, load, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from telemetry.catalog import Catalog

__all__ = ["Invitation", "invite"]


class Invitation(NamedTuple):
    """Who asks, whom, and what about."""

    application: Application
    policy: Policy
    catalog: "Callable[[], Catalog]"
    terminal: Terminal
    can_ask: bool
    """Whether somebody can answer: a terminal, outside CI."""


def invite(invitation: Invitation, environment: Mapping[str, str], decision: Decision) -> Decision:
    """Ask what a decision leaves open, and return the decision that holds after that.

    Where nobody can be asked the first question, a notice says how to allow and how to forbid.
    Without an answer nothing is stored and the decision stays. Raises KeyboardInterrupt for Ctrl-C.
    """
    if decision.question == FIRST and not invitation.can_ask:
        app = invitation.application
        invitation.terminal.write(
            notice(app.name, invitation.policy, app.enable_variable, app.disable_variable)
        )
        return decision
    if not decision.question or not invitation.can_ask:
        return decision
    answer = _grown(invitation) if decision.question == GROWN else _first(invitation)
    if answer is None:
        return decision
    try:
        store(invitation.application.folder, answer)
    except StateError as error:
        invitation.terminal.write(f"Your answer could not be stored, so nothing is collected: {error}\n")
        return decision._replace(allowed=False, level="none", question="")
    return decide_for(invitation.application, environment)


def _first(invitation: Invitation) -> StoredAnswer | None:
    """Ask whether telemetry may be on; a yes that had ended comes back at its level."""
    application = invitation.application
    before = load(application.folder)
    level = "full"
    if isinstance(before, StoredAnswer):
        level = before.level
        invitation.terminal.write(f"The time is over for which you allowed telemetry, at level {level}.\n\n")
    answered = ask(invitation.terminal, application.name, invitation.policy)
    now, version = time.time(), application.catalog_version
    if answered == "yes":
        return consent(before, level=level, version=version, now=now, how="question")
    return denial(version=version, now=now, how="question") if answered == "no" else None


def _grown(invitation: Invitation) -> StoredAnswer | None:
    """Ask about what the catalogue has gained; a no is remembered and keeps the older set."""
    application = invitation.application
    before = load(application.folder)
    if not isinstance(before, StoredAnswer):
        return None
    new = additions(invitation.catalog(), before.level, before.catalog_version)
    answered = ask_about(invitation.terminal, application.name, new) if new else None
    if answered is None:
        return None
    asked = before._replace(asked_version=application.catalog_version)
    return asked._replace(catalog_version=application.catalog_version) if answered == "yes" else asked
