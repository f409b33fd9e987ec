"""Where sessions are kept until they expire: one protocol, SQLite and PostgreSQL behind it."""

from telemetry.collector.errors import CollectorError
from telemetry.collector.settings import Settings
from telemetry.collector.stores.migrations import Told, say
from telemetry.collector.stores.protocol import RawStore

__all__ = ["is_postgres", "open_raw"]


def is_postgres(place: str) -> bool:
    """Return whether a place is a PostgreSQL database, not a folder for SQLite files."""
    return place.startswith(("postgresql://", "postgres://"))


async def open_raw(settings: Settings, told: Told = say) -> RawStore:
    """Open the store of sessions, made if it is not there. Raises CollectorError or StoreUnavailable.

    An older release's is brought to its newest form first, in one transaction; `told` hears of it.
    """
    if is_postgres(settings.store):
        from telemetry.collector.stores.postgres import PostgresStore

        return await PostgresStore.open(settings.store, durable=settings.durable, told=told)
    if "://" in settings.store:
        raise CollectorError(
            "store.unknown-scheme",
            f"The store {settings.store.partition('://')[0]}://… is of no known kind.",
            "A store is a folder, or postgresql://USER@HOST/DATABASE.",
        )
    from telemetry.collector.stores.sqlite import SqliteStore

    return await SqliteStore.open(settings.store, durable=settings.durable, told=told)
