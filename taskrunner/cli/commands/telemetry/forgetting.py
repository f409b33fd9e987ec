"""`taskrunner telemetry forget`, and its offer before `disable`."""

import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from taskrunner import usage_consent
from taskrunner._version import VERSION
from taskrunner.errors import MachineError, UserError
from taskrunner.output.text import several_lines
from taskrunner.usage_catalog import APPLICATION_ID
from telemetry.consent import decide_for
from telemetry.endpoints import Destination, EndpointError
from telemetry.entries import LEVELS
from telemetry.prompt import can_ask, confirm, standard_terminal
from telemetry.state import StoredAnswer, load

if TYPE_CHECKING:
    from telemetry.forget import Receipt

__all__ = ["forget", "offer"]


def forget(
    secret: Annotated[
        str | None,
        typer.Option(
            "--secret", metavar="SECRET", help="As `disable` printed it. [default: that of the stored answer]"
        ),
    ] = None,
) -> None:
    """Have the collector delete what it holds of you.

    Prints the collector's receipt. What lies on this machine is not touched.
    """
    answer = load(usage_consent.application(os.environ).folder)
    stored = answer if isinstance(answer, StoredAnswer) and answer.secret else None
    if secret is None and stored is None:
        raise UserError(
            "telemetry.no-id",
            "There is no id: nobody allowed telemetry here.",
            "After `disable`, hand over the secret that it printed: `--secret SECRET`.",
        )
    if secret is not None and not re.fullmatch(r"[0-9a-f]{64}", secret):
        raise UserError(
            "telemetry.bad-secret",
            "That is no secret of telemetry.",
            "It has 64 digits from 0 to 9 and a to f.",
        )
    # With a secret from elsewhere, nobody here knows at which level its sessions were sent.
    levels = LEVELS[1:] if secret or stored is None else (stored.level,)
    for receipt in _ask_all(secret or (stored.secret if stored else ""), levels):
        print(f"{receipt.url} answers:")
        print(several_lines(receipt.text.rstrip()))


def offer(answer: StoredAnswer) -> bool:
    """Offer `forget` before the secret is deleted; return whether to go on with `disable`.

    Without a terminal, the command that still works afterwards is printed.
    """
    command = f"taskrunner telemetry forget --secret {answer.secret}"
    if not can_ask():
        print(f"To have deleted what the collector holds of you: {command}")
        return True
    terminal = standard_terminal()
    if not confirm(terminal, "Shall the collector delete first what it holds of you?"):
        return True
    try:
        for receipt in _ask_all(answer.secret, (answer.level,)):
            terminal.write(f"{receipt.url} answers:\n{several_lines(receipt.text.rstrip())}\n")
    except MachineError as error:
        terminal.write(f"{error.message}\nTo try again later: {command}\n")
        return confirm(terminal, "Disable telemetry all the same?")
    return True


def _ask_all(secret: str, levels: Sequence[str]) -> "list[Receipt]":
    """Ask each collector that may hold something. Raises MachineError unless all of them confirm."""
    # Loads what speaks to a network, which no other verb needs but `submit`.
    from telemetry.forget import ForgetError, collectors
    from telemetry.forget import forget as forget_at

    application = usage_consent.application(os.environ)
    decision = decide_for(application, os.environ)
    destination = Destination(override=decision.endpoint)
    receipts, failures = [], []
    try:
        urls = collectors(application.folder, destination, VERSION, levels)
    except EndpointError as error:
        raise MachineError(
            "telemetry.not-forgotten", f"There is no collector to ask: {error}", "Correct its address."
        ) from error
    for url in urls:
        try:
            receipts.append(forget_at(url, APPLICATION_ID, secret, decision.ca_file))
        except ForgetError as error:
            failures.append(f"{url}: {error}")
    if failures:
        for receipt in receipts:
            print(f"{receipt.url} answers:\n{several_lines(receipt.text.rstrip())}", file=sys.stderr)
        raise MachineError(
            "telemetry.not-forgotten",
            f"Not every collector confirmed the deletion: {'; '.join(failures)}.",
            "Try again later, or write to whoever runs the collector: `taskrunner telemetry policy`.",
        )
    return receipts
