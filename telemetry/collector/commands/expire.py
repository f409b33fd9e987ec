"""`taskrunner-collector expire`."""

import asyncio
import time
from typing import Annotated

import typer

from telemetry.collector.exports import Pruned, prune
from telemetry.collector.operations.log import Log
from telemetry.collector.options import with_settings
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import day_of

__all__ = ["expire"]


@with_settings("store", "raw_days", "log", "log_days")
def expire(
    settings: Settings,
    *,
    exports: Annotated[
        list[str] | None,
        typer.Option("--exports", metavar="DIR", help="Folder with exported files to prune too."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing where nothing is wrong.")] = False,
) -> int:
    """Delete sessions, log files and exported sessions whose time is over, from the disk too.

    What is published stays. A session is deleted `raw_days` days after the day on which it was received.
    """
    now = int(time.time() * 1000)
    sessions = asyncio.run(_expire(settings, now))
    logs = Log(settings.log).expire(settings.log_days)
    pruned = [prune(folder, now) for folder in exports or ()]
    if not quiet:
        _tell(sessions, logs, pruned)
    return 0


async def _expire(settings: Settings, now: int) -> int:
    store = await open_raw(settings)
    try:
        return await store.delete_before(day_of(now) - settings.raw_days)
    finally:
        await store.close()


def _tell(sessions: int, logs: int, pruned: list[Pruned]) -> None:
    print(f"{sessions} sessions and {logs} log files had expired.")
    if pruned:
        files, taken = (sum(each) for each in zip(*pruned, strict=True))
        print(f"{taken} sessions were taken out of exports, and {files} files deleted.")
