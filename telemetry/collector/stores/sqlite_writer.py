"""The one connection that writes to a SQLite file, in a thread of its own."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.stores import sqlite_file
from telemetry.collector.stores.migrations import Told, migrations, say

__all__ = ["SqliteWriter"]

_PAGES_AT_ONCE: Final = 1000
_PAUSE_SECONDS: Final = 0.02
_ATTEMPTS: Final = 5
_STEPS_BETWEEN_LOOKS: Final = 10_000
"""Of SQLite's own virtual machine, some milliseconds."""

_Result = TypeVar("_Result")


class SqliteWriter:
    """Runs work on a file, one after the other. Each method raises StoreUnavailable."""

    def __init__(self, path: str, steps: str, *, durable: bool = False, told: Told = say) -> None:
        self.path = path
        self._steps = steps
        self._told = told
        self._is_given_up = False
        self._durable = durable
        self._connection: sqlite3.Connection | None = None
        self._inode = (0, 0)
        self._thread = ThreadPoolExecutor(1, "store")

    async def open(self) -> None:
        """Make the file where it is missing, and bring it to its newest form. Raises CollectorError too.

        Who is cancelled meanwhile leaves the file in its old form.
        """
        try:
            await self._run(lambda _: None, create=True)
        except asyncio.CancelledError:
            self._is_given_up = True
            raise

    async def do(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Return what some work on the connection gives."""
        return await self._run(work, create=False)

    async def change(self, change: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Run a change as one transaction."""

        def transaction(connection: sqlite3.Connection) -> _Result:
            connection.execute("BEGIN IMMEDIATE")
            result = change(connection)
            connection.execute("COMMIT")
            return result

        return await self.do(transaction)

    async def clean(self) -> None:
        """Take what was deleted out of the file and its log.

        In the file it is zeros already (`secure_delete`), and the next sessions fill its pages. Disk is given
        back only where a quarter of the file is free: each page costs a move.
        """

        def free(connection: sqlite3.Connection) -> bool:
            ((unused,),) = connection.execute("PRAGMA freelist_count")
            ((pages,),) = connection.execute("PRAGMA page_count")
            if unused * 4 < pages:
                return False
            # `execute` takes one step of it, a page, and is content.
            connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
            return True

        went_on = True
        while went_on:
            went_on = await self.do(free)
            await asyncio.sleep(_PAUSE_SECONDS)
        for _ in range(_ATTEMPTS):
            if await self.do(sqlite_file.truncate_log):
                return
            await asyncio.sleep(_PAUSE_SECONDS)

    async def close(self) -> None:
        """Close the file after what was begun."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    async def _run(self, work: Callable[[sqlite3.Connection], _Result], *, create: bool) -> _Result:
        def attempt() -> _Result:
            with sqlite_file.translated():
                connection = self._connected(create=create)
                try:
                    return work(connection)
                except BaseException:
                    # A connection after a failure may be in a transaction, or hold a file that is gone.
                    self._disconnect()
                    raise

        try:
            running = asyncio.get_running_loop().run_in_executor(self._thread, attempt)
        except RuntimeError as error:
            raise StoreUnavailable("closed") from error
        return await running

    def _connected(self, *, create: bool) -> sqlite3.Connection:
        """Return the connection; opened anew where the file is another one than before."""
        if self._connection is not None and self._inode != _inode(self.path):
            self._disconnect()
        if self._connection is None:
            if not create and _inode(self.path) == (0, 0):
                # Writing goes on after a file was deleted, to a file that nobody will find again.
                raise StoreUnavailable("lost")
            self._connection = sqlite_file.connect(self.path, durable=self._durable, create=create)
            # A thread that goes on would keep the process from ending.
            self._connection.set_progress_handler(lambda: self._is_given_up, _STEPS_BETWEEN_LOOKS)
            sqlite_file.apply(self._connection, migrations(self._steps), self._told)
            self._connection.set_progress_handler(None, 0)
            os.chmod(self.path, 0o600)
            self._inode = _inode(self.path)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _inode(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino
