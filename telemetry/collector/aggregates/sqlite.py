"""Sums in a SQLite file, which every page and every file under /data/ is read from."""

import os
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from telemetry.collector.aggregates.model import Note, Publication, Row
from telemetry.collector.aggregates.reading import PUBLICATION, ROW, Reading
from telemetry.collector.stores import sqlite_file
from telemetry.collector.stores.sqlite_writer import SqliteWriter

__all__ = ["FILE", "SqliteAggregates"]

FILE: Final = "aggregates.db"

_WHICH: Final = "application = ? AND site = ? AND kind = ? AND period = ?"
_INSERT: Final = f"INSERT INTO cells (publication, {ROW}) VALUES (?{', ?' * len(Row._fields)})"  # noqa: S608


class SqliteAggregates(Reading):
    """An `AggregateStore` in one file of a folder; one thread does, since a page takes milliseconds."""

    def __init__(self, path: str) -> None:
        self._file = SqliteWriter(path, "aggregates-sqlite")

    @classmethod
    async def open(cls, folder: str) -> "SqliteAggregates":
        """Open or make the store in a folder. Raises CollectorError or StoreUnavailable."""
        with sqlite_file.made(folder) as path:
            store = cls(os.path.join(path, FILE))
        await store._file.open()
        return store

    async def publish(self, publication: Publication, rows: Sequence[Row]) -> bool:
        """Write a publication, once."""

        def insert(connection: sqlite3.Connection) -> bool:
            marks = ", ".join("?" * len(publication))
            found = connection.execute(
                f"INSERT INTO publications ({PUBLICATION}) VALUES ({marks}) ON CONFLICT DO NOTHING",  # noqa: S608
                publication,
            )
            if found.rowcount == 0:
                return False
            connection.executemany(_INSERT, [(found.lastrowid, *row) for row in rows])
            return True

        return await self._file.change(insert)

    async def query(self, sql: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Return the rows of one SELECT."""
        return await self._file.do(lambda connection: connection.execute(sql, dict(values)).fetchall())

    async def replace(self, publication: Publication, rows: Sequence[Row], note: Note) -> None:
        """Exchange the cells of a publication after a redaction."""

        def exchange(connection: sqlite3.Connection) -> None:
            (number,) = connection.execute(
                f"SELECT id FROM publications WHERE {_WHICH}",  # noqa: S608
                publication[:4],
            ).fetchone()
            connection.execute("DELETE FROM cells WHERE publication = ?", (number,))
            connection.executemany(_INSERT, [(number, *row) for row in rows])
            connection.execute("INSERT INTO notes (at, cell, reason) VALUES (?, ?, ?)", note)

        await self._file.change(exchange)
        await self._file.do(
            lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        )

    async def close(self) -> None:
        """Close it."""
        await self._file.close()
