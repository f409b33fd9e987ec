"""Sums in PostgreSQL, for several collectors on one database."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from telemetry.collector.aggregates.model import Note, Publication, Row
from telemetry.collector.errors import CollectorError, StoreUnavailable
from telemetry.collector.stores.migrations import migrations

__all__ = ["PostgresAggregates"]

_PUBLICATION: Final = "application, site, kind, period, first_day, frozen, least, noise, unreadable"
_WHICH: Final = "application = $1 AND site = $2 AND kind = $3 AND period = $4"
_LOCK: Final = 7_263_511
"""Of no meaning but to be ours: whoever migrates first holds it until the end."""
_SECONDS: Final = 10.0


class PostgresAggregates:
    """An `AggregateStore` in a database, in a schema of its own."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str) -> "PostgresAggregates":
        """Connect, and bring the schema to its newest. Raises CollectorError or StoreUnavailable."""
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=4,
                timeout=_SECONDS,
                command_timeout=60,
                server_settings={"search_path": "aggregates"},
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            raise StoreUnavailable("lost") from error
        store = cls(pool)
        try:
            await store._migrate()
        except BaseException:
            await store.close()
            raise
        return store

    async def publish(self, publication: Publication, rows: Sequence[Row]) -> bool:
        """Write a publication, once."""
        async with self._connection() as connection, connection.transaction():
            marks = ", ".join(f"${place}" for place in range(1, len(publication) + 1))
            number = await connection.fetchval(
                f"INSERT INTO publications ({_PUBLICATION}) VALUES ({marks}) "  # noqa: S608
                "ON CONFLICT DO NOTHING RETURNING id",
                *publication,
            )
            if number is None:
                return False
            await _copy(connection, number, rows)
            return True

    async def publications(self) -> Sequence[Publication]:
        """Return all publications, oldest period first."""
        rows = await self.query(f"SELECT {_PUBLICATION} FROM publications ORDER BY first_day, id", {})  # noqa: S608
        return [Publication(*row) for row in rows]

    async def query(self, sql: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Return the rows of one SELECT."""
        names: list[str] = []

        def numbered(found: re.Match[str]) -> str:
            if found[1] not in names:
                names.append(found[1])
            # A parameter has the type of what it is compared with; only texts need to be told apart.
            return f"${names.index(found[1]) + 1}" + ("::text" if isinstance(values[found[1]], str) else "")

        numbered_sql = re.sub(r"(?<!:):([a-z_]+)", numbered, sql)
        async with self._connection() as connection:
            rows = await connection.fetch(numbered_sql, *(values[name] for name in names))
        # Sums of bigint are numeric here.
        return [tuple(_plain(value) for value in row) for row in rows]

    async def rows(self, publication: Publication) -> Sequence[Row]:
        """Return the cells of one publication."""
        async with self._connection() as connection:
            rows = await connection.fetch(
                f"SELECT {', '.join(Row._fields)} FROM cells WHERE publication = "  # noqa: S608
                f"(SELECT id FROM publications WHERE {_WHICH}) ORDER BY topic, name, segment, version, value",
                *publication[:4],
            )
        return [Row(*row) for row in rows]

    async def replace(self, publication: Publication, rows: Sequence[Row], note: Note) -> None:
        """Exchange the cells of a publication after a redaction."""
        async with self._connection() as connection, connection.transaction():
            number = await connection.fetchval(
                f"SELECT id FROM publications WHERE {_WHICH} FOR UPDATE",  # noqa: S608
                *publication[:4],
            )
            await connection.execute("DELETE FROM cells WHERE publication = $1", number)
            await _copy(connection, number, rows)
            await connection.execute("INSERT INTO notes (at, cell, reason) VALUES ($1, $2, $3)", *note)

    async def notes(self) -> Sequence[Note]:
        """Return the notes on redactions, oldest first."""
        return [Note(*row) for row in await self.query("SELECT at, cell, reason FROM notes ORDER BY id", {})]

    async def generation(self) -> str:
        """Return a text that changes with each change of what is published."""
        ((publications, notes),) = await self.query(
            "SELECT (SELECT max(id) FROM publications), (SELECT max(id) FROM notes)", {}
        )
        return f"{publications or 0}-{notes or 0}"

    async def close(self) -> None:
        """Close it."""
        await self._pool.close()

    async def _migrate(self) -> None:
        steps = migrations("aggregates-postgres")
        async with self._connection() as connection, connection.transaction():
            # Two that start at once: the second waits here, and finds nothing to do.
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await connection.execute("CREATE SCHEMA IF NOT EXISTS aggregates")
            await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (number integer NOT NULL)")
            version = await connection.fetchval("SELECT max(number) FROM schema_version") or 0
            if version > steps[-1].number:
                raise CollectorError(
                    "store.newer",
                    f"The store has schema {version}, and this release knows up to {steps[-1].number}.",
                    "Run the release that made it, or a newer one.",
                )
            for step in steps:
                if step.number > version:
                    await connection.execute(step.sql)
                    await connection.execute("INSERT INTO schema_version VALUES ($1)", step.number)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            async with self._pool.acquire(timeout=_SECONDS) as connection:
                yield connection
        except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
            raise StoreUnavailable("lost") from error
        except asyncpg.PostgresError as error:
            raise StoreUnavailable("failed") from error


async def _copy(connection: Any, number: int, rows: Sequence[Row]) -> None:
    await connection.copy_records_to_table(
        "cells", records=[(number, *row) for row in rows], columns=["publication", *Row._fields]
    )


def _plain(value: Any) -> Any:
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
