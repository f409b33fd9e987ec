"""A schema of a PostgreSQL database: its connections, its migrations, its errors in one word."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from telemetry.collector.errors import CollectorError, StoreUnavailable
from telemetry.collector.stores.migrations import Migration, Told, say
from telemetry.collector.stores.sqlite_file import check_version

if TYPE_CHECKING:
    import asyncpg

__all__ = ["connect", "translated"]

_SECONDS: Final = 10.0
_SECONDS_FOR_A_STEP: Final = 24 * 3600.0
_CONNECTIONS: Final = 6
_LOCK: Final = 0x7461736B
"""Of all migrations, in the numbers that PostgreSQL's advisory locks have."""

_WORDS: Final = {
    "53100": "full",
    "53200": "full",
    "53300": "overloaded",
    "25006": "read-only",
    "55P03": "locked",
    "40P01": "locked",
    "40001": "locked",
    "57014": "slow",
}


async def connect(
    url: str, schema: str, steps: tuple[Migration, ...], *, durable: bool = False, told: Told = say
) -> "asyncpg.Pool[asyncpg.Record]":
    """Return connections to a schema, which is made or brought to the newest form first.

    Raises CollectorError for what only the operator can mend, and StoreUnavailable.
    """
    try:
        import asyncpg
    except ModuleNotFoundError as error:
        raise CollectorError(
            "install.extra-missing",
            "The module asyncpg is missing, which PostgreSQL needs.",
            "Install the extra: pip install '.[collector,postgres]' in a checkout.",
        ) from error
    settings = {"search_path": schema, "application_name": "taskrunner-collector"}
    if durable:
        settings["synchronous_commit"] = "on"
    with translated(), _explained():
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=_SECONDS,
            command_timeout=_SECONDS,
            server_settings=settings,
            reset=_keep,
        )
        try:
            await _migrate(pool, schema, steps, told)
        except BaseException:
            pool.terminate()
            raise
    return pool


async def _keep(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Leave a connection as it is, where the library would ask the database to reset it after each use.

    Nothing that we do outlives its transaction, and each batch would wait for one more answer.
    """


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn the errors of database and network into StoreUnavailable with one fixed word."""
    import asyncpg

    try:
        yield
    except asyncpg.PostgresError as error:
        code = error.sqlstate or ""
        word = _WORDS.get(code, "lost" if code[:2] in ("08", "57") else "failed")
        raise StoreUnavailable(word) from error
    except (asyncpg.InterfaceError, OSError, EOFError) as error:
        raise StoreUnavailable("lost") from error


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Tell apart what will not pass by itself: a wrong URL, a wrong password, a missing database."""
    import asyncpg

    try:
        yield
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise CollectorError(
            "store.refused",
            f"PostgreSQL refuses the connection: {type(error).__name__}.",
            "Look at the user, the password and the database in the setting store.",
        ) from error
    except (ValueError, asyncpg.ClientConfigurationError) as error:
        raise CollectorError(
            "store.bad-url",
            "The setting store is no URL that PostgreSQL understands.",
            "It looks like postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
        ) from error


async def _migrate(
    pool: "asyncpg.Pool[asyncpg.Record]", schema: str, steps: tuple[Migration, ...], told: Told
) -> None:
    """Apply what is missing, in one transaction that waits for any other process's."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version "
            "(number integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())"
        )
        version: Any = await connection.fetchval("SELECT coalesce(max(number), 0) FROM schema_version")
        check_version(version, steps)
        if 0 < version < steps[-1].number:
            told(version, steps[-1].number)
        for step in steps:
            if step.number > version:
                await connection.execute(step.sql, timeout=_SECONDS_FOR_A_STEP)
                await connection.execute("INSERT INTO schema_version (number) VALUES ($1)", step.number)
