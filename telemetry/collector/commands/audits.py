"""`taskrunner-collector audits`."""

import asyncio
from collections.abc import Sequence

from telemetry.collector import transfer
from telemetry.collector.options import with_settings
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import Audit

__all__ = ["audits"]


@with_settings("store")
def audits(settings: Settings) -> int:
    """Show when somebody looked at single sessions, and why, and when people had theirs deleted."""
    for entry in asyncio.run(_audits(settings)):
        number = "" if entry.sessions < 0 else f" {entry.sessions} sessions:"
        print(f"{transfer.instant(entry.at)} {entry.action}:{number} {entry.reason}")
    return 0


async def _audits(settings: Settings) -> Sequence[Audit]:
    store = await open_raw(settings)
    try:
        return await store.audits()
    finally:
        await store.close()
