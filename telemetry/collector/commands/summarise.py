"""`taskrunner-collector summarise`."""

import asyncio
import time
from typing import Annotated, Final, TextIO

import typer

from telemetry.collector.aggregates import open_aggregates
from telemetry.collector.catalogues import of_settings
from telemetry.collector.errors import CollectorError
from telemetry.collector.options import with_settings
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.summary.job import Options, Stores, summarise
from telemetry.collector.summary.processes import scanner
from telemetry.collector.summary.warnings import jumps

__all__ = ["summarise_all", "summarise_now"]

_LARGEST_BUDGET: Final = 1000


@with_settings("store", "aggregates", "catalog", "batect", "grace_days", "noise")
def summarise_now(
    settings: Settings,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing where nothing is wrong.")] = False,
) -> int:
    """Sum up each day, week and month that is over, and freeze it: a published number never changes.

    A cell with fewer than 10 people is not published. Weeks and months wait for late sessions first.
    """
    asyncio.run(summarise_all(settings, quiet=quiet))
    return 0


async def summarise_all(settings: Settings, *, quiet: bool = False, to: TextIO | None = None) -> None:
    """Sum up what is due of every application, and say what was published and what looks wrong."""
    raw, store = await open_raw(settings), await open_aggregates(settings)
    try:
        sessions = sum(each.sessions for each in await raw.days())
        options = Options(grace=settings.grace_days, noise=_budget(settings.noise))
        for application, known in sorted(of_settings(settings).known.items()):
            found = await summarise(
                Stores(raw, store),
                known.newest,
                scanner(settings, sessions),
                now=time.time(),
                options=options,
            )
            if not quiet:
                periods = [each.period for each in found.published if each.site == "production"]
                told = f"{periods[0]} … {periods[-1]}" if periods else "nothing new"
                print(f"{application}: {told} ({len(periods)} periods, {found.cells} cells)", file=to)
            for jump in await jumps(store, application):
                print(f"warning: {jump}", file=to)
    finally:
        await raw.close()
        await store.close()


def _budget(text: str) -> float:
    """Return the budget that a setting gives. Raises CollectorError for one that is none."""
    try:
        budget = float(text or 0)
    except ValueError:
        budget = -1.0
    if 0 <= budget <= _LARGEST_BUDGET:
        return budget
    raise CollectorError(
        "settings.bad-value",
        f"The setting noise does not take {text!r}.",
        f"It is a number from 0 (no noise) to {_LARGEST_BUDGET} (hardly any), such as 1.",
    )
