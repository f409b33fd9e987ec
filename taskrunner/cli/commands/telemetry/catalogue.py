"""What may be recorded, and why: `list`, `schema`, `diff`, `example`."""

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from taskrunner import usage_consent
from taskrunner.usage_catalog import CATALOG, symbols
from telemetry.growth import additions, everything
from telemetry.state import StoredAnswer, load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telemetry.growth import Addition

__all__ = ["diff", "example", "list_fields", "schema"]


def list_fields() -> None:
    """List everything that may be recorded, with the reason."""
    _print(everything(CATALOG))


def schema(
    *,
    of_symbols: Annotated[
        bool, typer.Option("--symbols", help="In its place, print the names that traces may hold.")
    ] = False,
) -> None:
    """Print the catalogue of this release as JSON.

    That and the names, which `--symbols` prints, are what a collector has to know of a release.
    """
    print((symbols() if of_symbols else CATALOG).to_json(), end="")


def diff() -> None:
    """List what this release could report beyond your yes."""
    answer = load(usage_consent.application(os.environ).folder)
    if not isinstance(answer, StoredAnswer) or answer.state != "allowed":
        print("Nothing is allowed, so everything would be new: `taskrunner telemetry list`.")
        return
    new = additions(CATALOG, answer.level, answer.catalog_version)
    if not new:
        print(f"Nothing: at level {answer.level} you agreed to all that this release has.")
        return
    _print(new)


def example(
    number: Annotated[int, typer.Option("--number", "-n", metavar="N", min=1, help="How many.")] = 1,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="The same seed gives the same sessions.")
    ] = None,
) -> None:
    """Print made-up sessions that the catalogue allows, one a line."""
    from telemetry.examples import sessions

    chosen = seed if seed is not None else int.from_bytes(os.urandom(4))
    for session in sessions(CATALOG, number, seed=chosen, now=time.time()):
        print(session.decode())


def _print(found: "Iterable[Addition]") -> None:
    for each in found:
        print(f"{each.name} (level {each.level}): {each.question}")
        print(f"    {each.identifying}")
