"""`taskrunner-collector redact`."""

import asyncio
import time
from typing import Annotated

import typer

from telemetry.collector.aggregates import open_aggregates
from telemetry.collector.errors import CollectorError
from telemetry.collector.options import with_settings
from telemetry.collector.settings import Settings
from telemetry.collector.summary.redaction import Redaction
from telemetry.collector.summary.redaction import redact as take_out
from telemetry.collector.summary.scan import DEVELOPMENT, PRODUCTION

__all__ = ["redact"]

_SHORTEST_REASON = 8


@with_settings("store", "aggregates")
def redact(
    settings: Settings,
    cell: Annotated[str, typer.Argument(metavar="CELL", help="Its name, as in the message for a wrong one.")],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; everybody can read it.")],
    development: Annotated[
        bool, typer.Option("--development", help="Of the site for development versions.")
    ] = False,
) -> int:
    """Take a published number out again, and leave a public note that says why.

    What would tell it by subtraction goes with it. The reason appears at /privacy and under /data/.
    """
    if len(reason.strip()) < _SHORTEST_REASON:
        raise CollectorError(
            "redact.no-reason", "The reason says too little.", "Write a sentence: --reason '…'"
        )
    site = DEVELOPMENT if development else PRODUCTION
    found = asyncio.run(_redact(settings, cell, reason.strip(), site))
    print(f"{found.cell} was taken out, and {len(found.also)} cells that would have told it.")
    for name in found.also:
        print(f"  {name}")
    return 0


async def _redact(settings: Settings, cell: str, reason: str, site: str) -> Redaction:
    store = await open_aggregates(settings)
    try:
        return await take_out(store, cell, reason, site=site, now=int(time.time() * 1000))
    finally:
        await store.close()
