"""Sums in PostgreSQL, for several collectors on one database."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from telemetry.collector.aggregates.model import Note, Publication, Row
from telemetry.collector.aggregates.reading import PUBLICATION, Reading
from telemetry.collector.stores import postgres_database
from telemetry.collector.stores.migrations import migrations

if TYPE_CHECKING:
    import asyncpg

__all__ = ["PostgresAggregates"]

_WHICH: Final = "application = $1 AND site = $2 AND kind = $3 AND period = $4"


class PostgresAggregates(Reading):
    """An `AggregateStore` in a database, in a schema of its own."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str) -> "PostgresAggregates":
        """Connect, and bring the schema to its newest. Raises CollectorError or StoreUnavailable."""
        return cls(await postgres_database.connect(url, "aggregates", migrations("aggregates-postgres")))

    async def publish(self, publication: Publication, rows: Sequence[Row]) -> bool:
        """Write a publication, once."""
        async with self._connection() as connection, connection.transaction():
            marks = ", ".join(f"${place}" for place in range(1, len(publication) + 1))
            number = await connection.fetchval(
                f"INSERT INTO publications ({PUBLICATION}) VALUES ({marks}) "  # noqa: S608
                "ON CONFLICT DO NOTHING RETURNING id",
                *publication,
            )
            if number is None:
                return False
            await _copy(connection, number, rows)
            return True

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

    async def close(self) -> None:
        """Close it."""
        await self._pool.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        with postgres_database.translated():
            async with self._pool.acquire() as connection:
                yield connection


async def _copy(connection: Any, number: int, rows: Sequence[Row]) -> None:
    await connection.copy_records_to_table(
        "cells", records=[(number, *row) for row in rows], columns=["publication", *Row._fields]
    )


def _plain(value: Any) -> Any:
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
