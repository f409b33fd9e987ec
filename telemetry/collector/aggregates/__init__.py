"""Where the published sums are kept, for ever: one protocol, SQLite and PostgreSQL behind it."""

import asyncio

from telemetry.collector.aggregates.model import AggregateStore
from telemetry.collector.errors import CollectorError
from telemetry.collector.settings import Settings
from telemetry.collector.stores import is_postgres

__all__ = ["Sums", "open_aggregates"]


async def open_aggregates(settings: Settings) -> AggregateStore:
    """Open the store of sums, made if it is not there. Raises CollectorError or StoreUnavailable."""
    place = settings.aggregates_store
    if is_postgres(place):
        from telemetry.collector.aggregates.postgres import PostgresAggregates

        return await PostgresAggregates.open(place)
    if "://" in place:
        raise CollectorError(
            "store.unknown-scheme",
            f"The store {place.partition('://')[0]}://… is of no known kind.",
            "A store is a folder, or postgresql://USER@HOST/DATABASE.",
        )
    from telemetry.collector.aggregates.sqlite import SqliteAggregates

    return await SqliteAggregates.open(place)


class Sums:
    """The store of a service that goes on while the database is away: opened when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._store: AggregateStore | None = None

    async def opened(self) -> AggregateStore:
        """Return the store. Raises CollectorError or StoreUnavailable."""
        async with self._lock:
            if self._store is None:
                self._store = await open_aggregates(self._settings)
            return self._store

    async def close(self) -> None:
        """Close it, if it was opened."""
        if self._store is not None:
            await self._store.close()
