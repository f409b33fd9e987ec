"""Where the published sums are kept, for ever: one protocol, SQLite and PostgreSQL behind it."""

from telemetry.collector.aggregates.model import AggregateStore
from telemetry.collector.errors import CollectorError
from telemetry.collector.settings import Settings
from telemetry.collector.stores import is_postgres

__all__ = ["open_aggregates"]


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
