"""Sessions in a SQLite file: one writer, a transaction for all that arrived during the last one."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from telemetry.collector.errors import CollectorError, StoreUnavailable
from telemetry.collector.stores import sqlite_file
from telemetry.collector.stores.group import GroupCommit
from telemetry.collector.stores.migrations import migrations
from telemetry.collector.stores.protocol import NEVER, Audit, Day, Refusal, StoredSession, day_of

__all__ = ["FILE", "SqliteStore"]

FILE: Final = "sessions.db"
_README: Final = """\
What taskrunner-collector keeps here.

sessions.db      the sessions as they were received, for as many days as the setting raw_days says
aggregates.db    the sums of them that are published, for ever
*-wal, *-shm     what SQLite has not yet put into those files; they belong to them

How to make a copy, and how to move it: docs/operate/backup.md
"""

_COLUMNS: Final = "session_id, user_id, application, version, received, started, ended, on_ci, body"
_INSERT: Final = (
    f"INSERT INTO sessions (day, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
    "ON CONFLICT (session_id) DO NOTHING"
)
_EXPIRE: Final = (
    "DELETE FROM refusals WHERE day < ?",
    "DELETE FROM revisions WHERE day < ?",
    "DELETE FROM jobs WHERE day < ?",
)
_DELETE_SOME: Final = (
    "DELETE FROM sessions WHERE number IN (SELECT number FROM sessions WHERE day < ? LIMIT ?)"
)
_DELETED_AT_ONCE: Final = 500
_PAGES_AT_ONCE: Final = 1000
_PAUSE_SECONDS: Final = 0.02
_ATTEMPTS: Final = 5
_BATCH: Final = 4000
_IDS_A_QUERY: Final = 500

_Result = TypeVar("_Result")


class SqliteStore:
    """A `RawStore` in one file of a folder."""

    def __init__(self, path: str, *, durable: bool) -> None:
        self._path = path
        self._durable = durable
        self._connection: sqlite3.Connection | None = None
        self._inode: tuple[int, int] = (0, 0)
        self._writer = ThreadPoolExecutor(1, "store")
        self._readers = ThreadPoolExecutor(2, "reader")
        self._group = GroupCommit(self._commit)

    @classmethod
    async def open(cls, folder: str, *, durable: bool = False) -> "SqliteStore":
        """Open or make the store in a folder. Raises CollectorError or StoreUnavailable."""
        store = cls(_made(folder), durable=durable)
        await store._write(lambda _: None, create=True)
        return store

    async def add(self, session: StoredSession) -> bool:
        """Keep a session; return whether it is new."""
        return await self._group.add(session)

    async def check(self) -> None:
        """Return if the file can be written to."""

        def attempt(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")

        await self._write(attempt)

    async def days(self) -> Sequence[Day]:
        """Return the days of which sessions are held, oldest first."""
        rows = await self._read(
            "SELECT day, count(*), coalesce((SELECT revision FROM revisions r WHERE r.day = s.day), 0) "
            "FROM sessions s GROUP BY day ORDER BY day"
        )
        return [Day(*row) for row in rows]

    async def sessions(
        self, day: int, *, application: str = "", part: int = 0, parts: int = 1
    ) -> AsyncIterator[Sequence[StoredSession]]:
        """Give the sessions of a day in batches, by ranges of the file."""
        ((first, last),) = await self._read(
            "SELECT min(number), max(number) FROM sessions WHERE day = ?", day
        )
        if first is None:
            return
        share = -(-(last - first + 1) // parts)
        start, stop = first + part * share, min(last + 1, first + (part + 1) * share)
        for low in range(start, stop, _BATCH):
            rows = await self._read(
                f"SELECT {_COLUMNS} FROM sessions WHERE number >= ? AND number < ? AND day = ? "  # noqa: S608
                "AND ? IN ('', application) ORDER BY number",
                low, min(low + _BATCH, stop), day, application,
            )  # fmt: skip
            if rows:
                yield [_session(row) for row in rows]

    async def of_users(
        self, application: str, users: Sequence[bytes], *, most: int, before: int = NEVER
    ) -> Sequence[StoredSession]:
        """Return the newest sessions of these user ids received before an instant, the newest first."""
        found: list[StoredSession] = []
        for ids in _slices(users):
            rows = await self._read(
                f"SELECT {_COLUMNS} FROM sessions WHERE {_of_users(ids)} "  # noqa: S608
                "AND received < ? ORDER BY received DESC LIMIT ?",
                application, *ids, before, most,
            )  # fmt: skip
            found += map(_session, rows)
        return sorted(found, key=lambda session: -session.received)[:most]

    async def delete_users(self, application: str, users: Sequence[bytes]) -> int:
        """Delete all sessions of these user ids, from the disk too."""

        def delete(connection: sqlite3.Connection) -> int:
            deleted = 0
            for ids in _slices(users):
                given = (application, *ids)
                connection.execute(
                    "INSERT INTO revisions (day, revision) "  # noqa: S608
                    f"SELECT DISTINCT day, 1 FROM sessions WHERE {_of_users(ids)} "
                    "ON CONFLICT (day) DO UPDATE SET revision = revision + 1",
                    given,
                )
                where = _of_users(ids)
                deleted += connection.execute(f"DELETE FROM sessions WHERE {where}", given).rowcount  # noqa: S608
            return deleted

        deleted = await self._change(delete)
        await self._clean()
        return deleted

    async def delete_before(self, day: int) -> int:
        """Delete all days before this one, from the disk too."""

        def forget(connection: sqlite3.Connection) -> None:
            for statement in _EXPIRE:
                connection.execute(statement, (day,))

        def delete(connection: sqlite3.Connection) -> int:
            return connection.execute(_DELETE_SOME, (day, _DELETED_AT_ONCE)).rowcount

        await self._change(forget)
        deleted = 0
        # One long transaction would keep a collector that receives waiting, and its senders with it.
        while number := await self._change(delete):
            deleted += number
            await asyncio.sleep(_PAUSE_SECONDS)
        await self._clean()
        return deleted

    async def add_refusals(self, refusals: Mapping[Refusal, int]) -> None:
        """Add to the numbers of sessions that were turned away."""
        rows = [(*refusal, number) for refusal, number in refusals.items()]
        await self._change(
            lambda connection: connection.executemany(
                "INSERT INTO refusals (day, application, key, kind, sessions) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET sessions = sessions + excluded.sessions",
                rows,
            )
        )

    async def refusals(self, day: int) -> Mapping[Refusal, int]:
        """Return the numbers of a day's sessions that were turned away."""
        rows = await self._read(
            "SELECT day, application, key, kind, sessions FROM refusals WHERE day = ?", day
        )
        return {Refusal(*row[:4]): row[4] for row in rows}

    async def claim(self, job: str, day: int, *, now: int, lease: int) -> bool:
        """Return whether this process is the one to do a day's job."""
        claimed = await self._change(
            lambda connection: (
                connection.execute(
                    "INSERT INTO jobs (job, day, claimed) VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
                    "SET claimed = excluded.claimed WHERE finished IS NULL AND claimed < ?",
                    (job, day, now, now - lease),
                ).rowcount
            )
        )
        return claimed > 0

    async def finish(self, job: str, day: int, *, now: int) -> None:
        """Note that a claimed job is done."""
        await self._change(
            lambda connection: connection.execute(
                "UPDATE jobs SET finished = ? WHERE job = ? AND day = ?", (now, job, day)
            )
        )

    async def add_audit(self, entry: Audit) -> None:
        """Note who looked at raw data, and why."""
        await self._change(
            lambda connection: connection.execute(
                "INSERT INTO audits (at, action, reason, sessions) VALUES (?, ?, ?, ?)", entry
            )
        )

    async def audits(self) -> Sequence[Audit]:
        """Return those notes, oldest first."""
        rows = await self._read("SELECT at, action, reason, sessions FROM audits ORDER BY number")
        return [Audit(*row) for row in rows]

    async def close(self) -> None:
        """Finish what was accepted, and close."""
        await self._group.drained()
        await asyncio.get_running_loop().run_in_executor(self._writer, self._disconnect)
        self._writer.shutdown()
        self._readers.shutdown()

    async def _commit(self, sessions: Sequence[StoredSession]) -> Sequence[bool]:
        def insert(connection: sqlite3.Connection) -> list[bool]:
            execute = connection.execute
            return [execute(_INSERT, (day_of(each.received), *each)).rowcount > 0 for each in sessions]

        return await self._change(insert)

    async def _change(self, change: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Run a change as one transaction, in the writer's thread."""

        def transaction(connection: sqlite3.Connection) -> _Result:
            connection.execute("BEGIN IMMEDIATE")
            result = change(connection)
            connection.execute("COMMIT")
            return result

        return await self._write(transaction)

    async def _clean(self) -> None:
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

        def truncate(connection: sqlite3.Connection) -> bool:
            ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return bool(busy)

        went_on = True
        while went_on:
            went_on = await self._write(free)
            await asyncio.sleep(_PAUSE_SECONDS)
        for _ in range(_ATTEMPTS):
            if not await self._write(truncate):
                return
            await asyncio.sleep(_PAUSE_SECONDS)  # somebody reads what is in the log alone

    async def _write(self, work: Callable[[sqlite3.Connection], _Result], *, create: bool = False) -> _Result:
        def attempt() -> _Result:
            with sqlite_file.translated():
                connection = self._connected(create=create)
                try:
                    return work(connection)
                except BaseException:
                    # A connection after a failure may be in a transaction, or hold a file that is gone.
                    self._disconnect()
                    raise

        return await asyncio.get_running_loop().run_in_executor(self._writer, attempt)

    def _connected(self, *, create: bool) -> sqlite3.Connection:
        """Return the connection; opened anew where the file is another one than before."""
        if self._connection is not None and self._inode != _inode(self._path):
            self._disconnect()
        if self._connection is None:
            if not create and _inode(self._path) == (0, 0):
                # Writing goes on after a file was deleted, to a file that nobody will find again.
                raise StoreUnavailable("lost")
            self._connection = sqlite_file.connect(self._path, durable=self._durable, create=create)
            sqlite_file.apply(self._connection, migrations("sqlite"))
            os.chmod(self._path, 0o600)
            self._inode = _inode(self._path)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def _read(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        def query() -> list[tuple[Any, ...]]:
            with sqlite_file.translated():
                connection = sqlite_file.connect(self._path, create=False)
                try:
                    return connection.execute(sql, given).fetchall()
                finally:
                    connection.close()

        return await asyncio.get_running_loop().run_in_executor(self._readers, query)


def _made(folder: str) -> str:
    """Make the folder where it is missing, with a README; return the path of the file in it."""
    folder = os.path.expanduser(folder)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        readme = os.path.join(folder, "README")
        if not os.path.exists(readme):
            with open(readme, "w", encoding="utf-8") as file:
                file.write(_README)
    except OSError as error:
        raise CollectorError(
            "store.folder",
            f"The folder {folder} cannot be used: {error.strerror}.",
            "Name another: --store.",
        ) from error
    return os.path.join(folder, FILE)


def _inode(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def _session(row: tuple[Any, ...]) -> StoredSession:
    return StoredSession._make((*row[:7], bool(row[7]), row[8]))


def _of_users(ids: Sequence[bytes]) -> str:
    return f"application = ? AND user_id IN ({', '.join('?' * len(ids))})"


def _slices(users: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Return the ids in portions, since a statement takes some thousand values at most."""
    return [users[start : start + _IDS_A_QUERY] for start in range(0, len(users), _IDS_A_QUERY)]
