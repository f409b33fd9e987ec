"""Sessions in a SQLite file: one writer, a transaction for all that arrived during the last one."""

import asyncio
import os
import sqlite3
from array import array
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from telemetry.collector.stores import sqlite_file
from telemetry.collector.stores.group import GroupCommit
from telemetry.collector.stores.migrations import Told, say
from telemetry.collector.stores.protocol import (
    EVERYBODY,
    NEWEST,
    Audit,
    Day,
    Part,
    Refusal,
    StoredSession,
    day_of,
)
from telemetry.collector.stores.sqlite_readers import SqliteReaders
from telemetry.collector.stores.sqlite_writer import SqliteWriter

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
# The one index of people begins with the day; this jumps in it from day to day.
_DAYS: Final = (
    "WITH RECURSIVE known (day) AS (SELECT min(day) FROM sessions UNION ALL "
    "SELECT (SELECT min(day) FROM sessions WHERE day > known.day) FROM known WHERE known.day IS NOT NULL) "
    "SELECT day FROM known WHERE day IS NOT NULL"
)
_NUMBERS: Final = "SELECT number FROM sessions WHERE day = ? AND user_id BETWEEN ? AND ? ORDER BY number"
_EXPIRE: Final = (
    "DELETE FROM refusals WHERE day < ?",
    "DELETE FROM revisions WHERE day < ?",
    "DELETE FROM jobs WHERE day < ?",
)
_DELETE_SOME: Final = (
    "DELETE FROM sessions WHERE number IN (SELECT number FROM sessions WHERE day < ? LIMIT ?)"
)
_DELETED_AT_ONCE: Final = 500
_PAUSE_SECONDS: Final = 0.02
_BATCH: Final = 500
"""Some megabytes, for which memory is not asked for and given back each time."""
_IDS_A_QUERY: Final = 500


class SqliteStore:
    """A `RawStore` in one file of a folder."""

    def __init__(self, path: str, *, durable: bool, told: Told) -> None:
        self._file = SqliteWriter(path, "sqlite", durable=durable, told=told)
        self._readers = SqliteReaders(self._file.path)
        self._group = GroupCommit(self._commit)

    @classmethod
    async def open(cls, folder: str, *, durable: bool = False, told: Told = say) -> "SqliteStore":
        """Open or make the store in a folder. Raises CollectorError or StoreUnavailable."""
        store = cls(_made(folder), durable=durable, told=told)
        await store._file.open()
        return store

    async def add(self, session: StoredSession) -> bool:
        """Keep a session; return whether it is new."""
        return await self._group.add(session)

    async def check(self) -> None:
        """Return if the file can be written to."""

        def attempt(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")

        await self._file.do(attempt)

    async def days(self) -> Sequence[Day]:
        """Return the days of which sessions are held, oldest first."""
        rows = await self._readers.fetch(
            "SELECT day, count(*), coalesce((SELECT revision FROM revisions r WHERE r.day = s.day), 0) "
            "FROM sessions s GROUP BY day ORDER BY day"
        )
        return [Day(*row) for row in rows]

    async def sessions(
        self, day: int, *, application: str = "", part: Part = EVERYBODY
    ) -> AsyncIterator[Sequence[StoredSession]]:
        """Give the sessions of a day in batches; the index tells which are of a part, without their rows."""
        async with self._readers.connected() as fetch:
            found = await fetch(_NUMBERS, day, part.first, part.last)
            numbers = array("q", (number for (number,) in found))
            del found
            for start in range(0, len(numbers), _BATCH):
                some = numbers[start : start + _BATCH].tolist()
                rows = await fetch(
                    f"SELECT {_COLUMNS} FROM sessions WHERE number IN ({_marks(some)}) "  # noqa: S608
                    "AND ? IN ('', application) ORDER BY number",
                    *some, application,
                )  # fmt: skip
                if rows:
                    yield [_session(row) for row in rows]

    async def of_users(
        self, application: str, users: Sequence[bytes], *, most: int, before: tuple[int, bytes] = NEWEST
    ) -> Sequence[StoredSession]:
        """Return the newest sessions of these user ids before a place, the newest first."""
        found: list[StoredSession] = []
        for ids in _slices(users):
            rows = await self._readers.fetch(
                f"SELECT {_COLUMNS} FROM sessions WHERE {_of_users(ids)} "  # noqa: S608
                "AND (received, session_id) < (?, ?) ORDER BY received DESC, session_id DESC LIMIT ?",
                application, *ids, *before, most,
            )  # fmt: skip
            found += map(_session, rows)
        return sorted(found, key=lambda each: (each.received, each.session_id), reverse=True)[:most]

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

        deleted = await self._file.change(delete)
        await self._file.clean()
        return deleted

    async def delete_before(self, day: int) -> int:
        """Delete all days before this one, from the disk too."""

        def forget(connection: sqlite3.Connection) -> None:
            for statement in _EXPIRE:
                connection.execute(statement, (day,))

        def delete(connection: sqlite3.Connection) -> int:
            return connection.execute(_DELETE_SOME, (day, _DELETED_AT_ONCE)).rowcount

        await self._file.change(forget)
        deleted = 0
        # One long transaction would keep a collector that receives waiting, and its senders with it.
        while number := await self._file.change(delete):
            deleted += number
            await asyncio.sleep(_PAUSE_SECONDS)
        await self._file.clean()
        return deleted

    async def add_refusals(self, refusals: Mapping[Refusal, int]) -> None:
        """Add to the numbers of sessions that were turned away."""
        rows = [(*refusal, number) for refusal, number in refusals.items()]
        await self._file.change(
            lambda connection: connection.executemany(
                "INSERT INTO refusals (day, application, key, kind, sessions) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET sessions = sessions + excluded.sessions",
                rows,
            )
        )

    async def refusals(self, day: int) -> Mapping[Refusal, int]:
        """Return the numbers of a day's sessions that were turned away."""
        rows = await self._readers.fetch(
            "SELECT day, application, key, kind, sessions FROM refusals WHERE day = ?", day
        )
        return {Refusal(*row[:4]): row[4] for row in rows}

    async def claim(self, job: str, day: int, *, now: int, lease: int) -> bool:
        """Return whether this process is the one to do a day's job."""
        claimed = await self._file.change(
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
        await self._file.change(
            lambda connection: connection.execute(
                "UPDATE jobs SET finished = ? WHERE job = ? AND day = ?", (now, job, day)
            )
        )

    async def add_audit(self, entry: Audit) -> None:
        """Note who looked at raw data, and why."""
        await self._file.change(
            lambda connection: connection.execute(
                "INSERT INTO audits (at, action, reason, sessions) VALUES (?, ?, ?, ?)", entry
            )
        )

    async def audits(self) -> Sequence[Audit]:
        """Return those notes, oldest first."""
        rows = await self._readers.fetch("SELECT at, action, reason, sessions FROM audits ORDER BY number")
        return [Audit(*row) for row in rows]

    async def close(self) -> None:
        """Finish what was accepted, and close."""
        await self._group.drained()
        await self._file.close()
        self._readers.close()

    async def _commit(self, sessions: Sequence[StoredSession]) -> Sequence[bool]:
        def insert(connection: sqlite3.Connection) -> list[bool]:
            execute = connection.execute
            return [execute(_INSERT, (day_of(each.received), *each)).rowcount > 0 for each in sessions]

        return await self._file.change(insert)


def _made(folder: str) -> str:
    """Make the folder where it is missing, with a README; return the path of the file in it."""
    with sqlite_file.made(folder) as made:
        readme = os.path.join(made, "README")
        if not os.path.exists(readme):
            with open(readme, "w", encoding="utf-8") as file:
                file.write(_README)
    return os.path.join(made, FILE)


def _session(row: tuple[Any, ...]) -> StoredSession:
    return StoredSession._make((*row[:7], bool(row[7]), row[8]))


def _of_users(ids: Sequence[bytes]) -> str:
    return f"application = ? AND day IN ({_DAYS}) AND user_id IN ({_marks(ids)})"


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _slices(users: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Return the ids in portions, since a statement takes some thousand values at most."""
    return [users[start : start + _IDS_A_QUERY] for start in range(0, len(users), _IDS_A_QUERY)]
