"""How tests open a store of sessions, and what they find in it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import RawStore

__all__ = ["Opened", "kept"]

Opened = Callable[[], AbstractAsyncContextManager[RawStore]]


def kept(place: str) -> Counter[str]:
    """Return how often each session, by its id, is in a store."""

    async def read() -> Counter[str]:
        store = await open_raw(Settings(store=place))
        try:
            return Counter(
                [
                    str(UUID(bytes=each.session_id))
                    for day in await store.days()
                    async for batch in store.sessions(day.day)
                    for each in batch
                ]
            )
        finally:
            await store.close()

    return asyncio.run(read())
