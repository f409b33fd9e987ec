"""Sessions as a collector keeps them, for tests of stores and summaries."""

import asyncio
import uuid
from collections.abc import Iterable
from typing import Any

from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import MILLISECONDS_A_DAY, StoredSession

__all__ = ["DAY", "fill", "stored"]

DAY = 20_000
"""A day of 2024."""


def stored(**given: Any) -> StoredSession:
    """Return a session with new ids, received on `DAY`, but for what is given."""
    at = DAY * MILLISECONDS_A_DAY + 1000
    base = StoredSession(
        uuid.uuid4().bytes,
        uuid.uuid4().bytes,
        "greet",
        "1.2.3",
        at,
        at - 500,
        at - 100,
        on_ci=False,
        body=b"{}",
    )
    return base._replace(**given)


def fill(place: str, sessions: Iterable[tuple[int, str]]) -> None:
    """Store sessions, given as the instant at which they were received and a text in their body."""

    async def run() -> None:
        store = await open_raw(Settings(store=place))
        try:
            for received, text in sessions:
                await store.add(stored(received=received, body=f'{{"text":"{text}"}}'.encode()))
        finally:
            await store.close()

    asyncio.run(run())
