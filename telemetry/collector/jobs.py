"""Daily work, done once a day over all collectors on one store.

Each job is a verb of the command line, run as a child: summing up a million sessions keeps a processor
busy for half a minute, in which the service goes on, and its memory is given back at the end.
"""

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from telemetry.collector.context import Context
from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.settings import SETTINGS, Settings
from telemetry.collector.stores.protocol import day_of

__all__ = ["JOBS", "Job", "environment", "run_daily", "start_of"]

_LEASE: Final = 2 * 3600 * 1000
_LOOK_SECONDS: Final = 20.0


class Job(NamedTuple):
    """A verb that is run once a day."""

    name: str
    arguments: tuple[str, ...]
    """The verb and its options; settings are handed over in the environment."""


JOBS: Final[tuple[Job, ...]] = (
    Job("summarise", ("summarise", "--quiet")),
    Job("expire", ("expire", "--quiet")),
)
"""In the order in which they run, one after the other."""


async def run_daily(context: Context, jobs: Sequence[Job] = JOBS) -> None:
    """Run what is due, until it is cancelled."""
    start = start_of(context.settings.jobs_at)
    while start is not None:
        now = int(time.time() * 1000)
        if now % (24 * 3600 * 1000) >= start:
            for job in jobs:
                await _run_if_due(context, job, now)
        await asyncio.sleep(_LOOK_SECONDS)


def start_of(text: str) -> int | None:
    """Return the milliseconds after midnight that HH:MM names; None for anything else, such as `never`."""
    try:
        parsed = time.strptime(text, "%H:%M")
    except ValueError:
        return None
    return (parsed.tm_hour * 60 + parsed.tm_min) * 60_000


def environment(settings: Settings, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a verb finds these settings."""
    found = dict(base)
    for setting in SETTINGS:
        value = getattr(settings, setting.name)
        separator = os.pathsep if setting.name == "catalog" else ","
        text = separator.join(value) if isinstance(value, tuple) else str(value)
        found[setting.variable] = text.lower() if isinstance(value, bool) else text
    return found


async def _run_if_due(context: Context, job: Job, now: int) -> None:
    day = day_of(now)
    try:
        if not await context.raw.claim(job.name, day, now=now, lease=_LEASE):
            return
        code = await _run(context, job)
        context.log.write("job", job=job.name, exit=code)
        if code == 0:
            await context.raw.finish(job.name, day, now=int(time.time() * 1000))
    except StoreUnavailable as error:
        context.log.write("job-postponed", job=job.name, store=str(error))


async def _run(context: Context, job: Job) -> int:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "telemetry.collector",
        *job.arguments,
        stdin=asyncio.subprocess.DEVNULL,
        env=environment(context.settings, os.environ),
    )
    try:
        return await child.wait()
    except asyncio.CancelledError:
        child.terminate()
        await child.wait()
        raise
