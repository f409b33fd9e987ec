"""Connections that read a SQLite file, beside the one that writes to it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias, TypeVar

from telemetry.collector.stores import sqlite_file

__all__ = ["Fetch", "SqliteReaders"]

_Result = TypeVar("_Result")
Fetch: TypeAlias = Callable[..., Awaitable[list[tuple[Any, ...]]]]
"""Returns the rows of a SELECT, which is followed by its values."""
_THREADS: Final = 2


class SqliteReaders:
    """Reads in threads of its own. Each method raises StoreUnavailable."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(_THREADS, "reader")

    async def fetch(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        """Return the rows of one SELECT, from the file that is there now."""

        def query() -> list[tuple[Any, ...]]:
            connection = self._connect()
            try:
                return connection.execute(sql, given).fetchall()
            finally:
                connection.close()

        return await self._run(query)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Fetch]:
        """Give what fetches the rows of many SELECTs, each in a transaction of its own."""
        connection = await self._run(self._connect)

        async def fetch(sql: str, *given: Any) -> list[tuple[Any, ...]]:
            return await self._run(lambda: connection.execute(sql, given).fetchall())

        try:
            yield fetch
        finally:
            connection.close()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def _connect(self) -> sqlite3.Connection:
        return sqlite_file.connect(self._path, create=False)

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        def attempt() -> _Result:
            with sqlite_file.translated():
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._threads, attempt)
