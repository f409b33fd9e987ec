"""Sums in a SQLite file, which every page and every file under /data/ is read from."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from telemetry.collector.aggregates.model import Note, Publication, Row
from telemetry.collector.errors import CollectorError, StoreUnavailable
from telemetry.collector.stores import sqlite_file
from telemetry.collector.stores.migrations import migrations

__all__ = ["FILE", "SqliteAggregates"]

FILE: Final = "aggregates.db"

_PUBLICATION: Final = "application, site, kind, period, first_day, frozen, least, noise, unreadable"
_ROW: Final = "topic, name, segment, version, value, people, sessions, median, high, failed"
_WHICH: Final = "application = ? AND site = ? AND kind = ? AND period = ?"
_INSERT: Final = f"INSERT INTO cells (publication, {_ROW}) VALUES (?{', ?' * len(Row._fields)})"  # noqa: S608

_Result = TypeVar("_Result")


class SqliteAggregates:
    """An `AggregateStore` in one file of a folder."""

    def __init__(self, path: str) -> None:
        self._path = path
        # One thread: pages are read in a millisecond, and a connection belongs to one thread at a time.
        self._thread = ThreadPoolExecutor(1, "aggregates")
        self._connection: sqlite3.Connection | None = None

    @classmethod
    async def open(cls, folder: str) -> "SqliteAggregates":
        """Open or make the store in a folder. Raises CollectorError or StoreUnavailable."""
        store = cls(os.path.join(_made(folder), FILE))
        await store._do(lambda _: None)
        return store

    async def publish(self, publication: Publication, rows: Sequence[Row]) -> bool:
        """Write a publication, once."""

        def insert(connection: sqlite3.Connection) -> bool:
            marks = ", ".join("?" * len(publication))
            found = connection.execute(
                f"INSERT INTO publications ({_PUBLICATION}) VALUES ({marks}) ON CONFLICT DO NOTHING",  # noqa: S608
                publication,
            )
            if found.rowcount == 0:
                return False
            connection.executemany(_INSERT, [(found.lastrowid, *row) for row in rows])
            return True

        return await self._change(insert)

    async def publications(self) -> Sequence[Publication]:
        """Return all publications, oldest period first."""
        rows = await self.query(f"SELECT {_PUBLICATION} FROM publications ORDER BY first_day, id", {})  # noqa: S608
        return [Publication(*row) for row in rows]

    async def query(self, sql: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Return the rows of one SELECT."""
        return await self._do(lambda connection: connection.execute(sql, dict(values)).fetchall())

    async def rows(self, publication: Publication) -> Sequence[Row]:
        """Return the cells of one publication."""
        sql = (
            f"SELECT {_ROW} FROM cells WHERE publication = "  # noqa: S608
            f"(SELECT id FROM publications WHERE {_WHICH}) ORDER BY topic, name, segment, version, value"
        )
        found = await self._do(lambda connection: connection.execute(sql, publication[:4]).fetchall())
        return [Row(*row) for row in found]

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

        await self._change(exchange)
        await self._do(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

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
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    async def _change(self, change: Callable[[sqlite3.Connection], _Result]) -> _Result:
        def transaction(connection: sqlite3.Connection) -> _Result:
            connection.execute("BEGIN IMMEDIATE")
            result = change(connection)
            connection.execute("COMMIT")
            return result

        return await self._do(transaction)

    async def _do(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        def attempt() -> _Result:
            with sqlite_file.translated():
                try:
                    return work(self._connected())
                except BaseException:
                    # A connection after a failure may be in a transaction.
                    self._disconnect()
                    raise

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, attempt)
        except RuntimeError as error:
            raise StoreUnavailable("closed") from error

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite_file.connect(self._path)
            sqlite_file.apply(self._connection, migrations("aggregates-sqlite"))
            os.chmod(self._path, 0o600)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _made(folder: str) -> str:
    folder = os.path.expanduser(folder)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise CollectorError(
            "store.folder", f"The folder {folder} cannot be made: {error.strerror}."
        ) from error
    return folder
