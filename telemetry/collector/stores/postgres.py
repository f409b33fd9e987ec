"""Sessions in PostgreSQL: a partition a day, batches by COPY, any number of collectors on one database."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.stores.group import GroupCommit
from telemetry.collector.stores.migrations import Told, migrations, say
from telemetry.collector.stores.postgres_batches import COLUMNS, keep, make_partition, partition
from telemetry.collector.stores.postgres_database import connect, translated
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

if TYPE_CHECKING:
    import asyncpg

__all__ = ["SCHEMA", "PostgresStore"]

SCHEMA: Final = "collector_sessions"

_SELECT: Final = f"SELECT {', '.join(COLUMNS)}"
_NO_INDEX: Final = "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off"
_AT_ONCE: Final = 2
_BATCH: Final = 4000
_READ_SECONDS: Final = 600.0


class PostgresStore:
    """A `RawStore` in a schema of a database."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._group = GroupCommit(self._commit, at_once=_AT_ONCE)
        self._partitions: set[int] = set()

    @classmethod
    async def open(cls, url: str, *, durable: bool = False, told: Told = say) -> "PostgresStore":
        """Open or make the store in a database. Raises CollectorError or StoreUnavailable."""
        return cls(await connect(url, SCHEMA, migrations("postgres"), durable=durable, told=told))

    async def add(self, session: StoredSession) -> bool:
        """Keep a session; return whether it is new."""
        return await self._group.add(session)

    async def check(self) -> None:
        """Return if the database would take a session."""
        with translated():
            # A standby, and a database that its owner closed for writing.
            if await self._pool.fetchval("SHOW transaction_read_only") != "off":
                raise StoreUnavailable("read-only")

    async def days(self) -> Sequence[Day]:
        """Return the days of which sessions are held, oldest first."""
        with translated():
            rows = await self._pool.fetch(
                "SELECT s.day, s.number, coalesce(r.revision, 0) FROM "
                "(SELECT day, count(*) AS number FROM ids GROUP BY day) s LEFT JOIN revisions r USING (day) "
                "ORDER BY s.day",
                timeout=_READ_SECONDS,
            )
        return [Day(*row) for row in rows]

    async def sessions(
        self, day: int, *, application: str = "", part: Part = EVERYBODY
    ) -> AsyncIterator[Sequence[StoredSession]]:
        """Give the sessions of a day in batches."""
        with translated():
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                if await connection.fetchval("SELECT to_regclass($1)", partition(day)) is None:
                    return
                # By the index of people half a partition would be read in no order, page after page.
                await connection.execute(
                    "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off"
                )
                rows = await connection.cursor(
                    f"{_SELECT} FROM {partition(day)} "
                    "WHERE user_id BETWEEN $1 AND $2 AND $3 IN ('', application)",
                    UUID(bytes=part.first), UUID(bytes=part.last), application,
                )  # fmt: skip
                while batch := await rows.fetch(_BATCH, timeout=_READ_SECONDS):
                    yield [_session(row) for row in batch]

    async def of_users(
        self, application: str, users: Sequence[bytes], *, most: int, before: tuple[int, bytes] = NEWEST
    ) -> Sequence[StoredSession]:
        """Return the newest sessions of these user ids before a place, the newest first."""
        instant, session = before
        with translated():
            rows = await self._pool.fetch(
                f"{_SELECT} FROM sessions WHERE application = $1 AND user_id = ANY ($2) "
                "AND (received, session_id) < ($4, $5) ORDER BY received DESC, session_id DESC LIMIT $3",
                application, [UUID(bytes=user) for user in users], most, instant,
                UUID(bytes=session or bytes(16)), timeout=_READ_SECONDS,
            )  # fmt: skip
        return [_session(row) for row in rows]

    async def delete_users(self, application: str, users: Sequence[bytes]) -> int:
        """Delete all sessions of these user ids, and have their pages cleaned."""
        with translated():
            async with self._pool.acquire() as connection:
                async with connection.transaction():
                    rows = await connection.fetch(
                        "WITH gone AS (DELETE FROM sessions WHERE application = $1 AND user_id = ANY ($2) "
                        "RETURNING day, session_id), known AS (DELETE FROM ids USING gone "
                        "WHERE ids.session_id = gone.session_id) SELECT day, count(*) FROM gone GROUP BY day",
                        application, [UUID(bytes=user) for user in users], timeout=_READ_SECONDS,
                    )  # fmt: skip
                    await connection.executemany(
                        "INSERT INTO revisions (day, revision) VALUES ($1, 1) "
                        "ON CONFLICT (day) DO UPDATE SET revision = revisions.revision + 1",
                        [(day,) for day, _ in rows],
                    )
                for day, _ in rows:
                    await connection.execute(f"VACUUM {partition(day)}", timeout=_READ_SECONDS)
        return sum(number for _, number in rows)

    async def delete_before(self, day: int) -> int:
        """Drop the partitions of all days before this one, with what is known of those days."""
        with translated():
            async with self._pool.acquire() as connection:
                days = await connection.fetch(
                    "SELECT substr(relname, 10)::int AS day FROM pg_class "
                    "WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' "
                    "AND relname ~ '^sessions_[0-9]+$' ORDER BY day"
                )
                old = [row["day"] for row in days if row["day"] < day]
                async with connection.transaction():
                    for each in old:
                        await connection.execute(f"DROP TABLE {partition(each)}")
                    deleted = await connection.execute("DELETE FROM ids WHERE day < $1", day)
                    await connection.execute("DELETE FROM revisions WHERE day < $1", day)
                    await connection.execute("DELETE FROM refusals WHERE day < $1", day)
                    await connection.execute("DELETE FROM jobs WHERE day < $1", day)
                await connection.execute("VACUUM ids", timeout=_READ_SECONDS)
        self._partitions.difference_update(old)
        return _number(deleted)

    async def add_refusals(self, refusals: Mapping[Refusal, int]) -> None:
        """Add to the numbers of sessions that were turned away."""
        rows = sorted((*refusal, number) for refusal, number in refusals.items())
        with translated():
            await self._pool.executemany(
                "INSERT INTO refusals (day, application, key, kind, sessions) VALUES ($1, $2, $3, $4, $5) "
                "ON CONFLICT (day, application, key, kind) "
                "DO UPDATE SET sessions = refusals.sessions + excluded.sessions",
                rows,
            )

    async def refusals(self, day: int) -> Mapping[Refusal, int]:
        """Return the numbers of a day's sessions that were turned away."""
        with translated():
            rows = await self._pool.fetch(
                "SELECT day, application, key, kind, sessions FROM refusals WHERE day = $1", day
            )
        return {Refusal(*row[:4]): row[4] for row in map(tuple, rows)}

    async def claim(self, job: str, day: int, *, now: int, lease: int) -> bool:
        """Return whether this process is the one to do a day's job."""
        with translated():
            done = await self._pool.execute(
                "INSERT INTO jobs (job, day, claimed) VALUES ($1, $2, $3) ON CONFLICT (job, day) "
                "DO UPDATE SET claimed = excluded.claimed WHERE jobs.finished IS NULL AND jobs.claimed < $4",
                job, day, now, now - lease,
            )  # fmt: skip
        return _number(done) > 0

    async def finish(self, job: str, day: int, *, now: int) -> None:
        """Note that a claimed job is done."""
        with translated():
            await self._pool.execute(
                "UPDATE jobs SET finished = $3 WHERE job = $1 AND day = $2", job, day, now
            )

    async def add_audit(self, entry: Audit) -> None:
        """Note who looked at raw data, and why."""
        with translated():
            await self._pool.execute(
                "INSERT INTO audits (at, action, reason, sessions) VALUES ($1, $2, $3, $4)", *entry
            )

    async def audits(self) -> Sequence[Audit]:
        """Return those notes, oldest first."""
        with translated():
            rows = await self._pool.fetch("SELECT at, action, reason, sessions FROM audits ORDER BY number")
        return [Audit(*row) for row in rows]

    async def close(self) -> None:
        """Finish what was accepted, and close."""
        await self._group.drained()
        with translated():
            await self._pool.close()

    async def _commit(self, sessions: Sequence[StoredSession]) -> Sequence[bool]:
        """Keep a batch as one transaction; return which of it are new."""
        # Two collectors that are sent the same ids wait for each other: always in the same order.
        by_id = {session.session_id: session for session in sessions}
        some = [by_id[each] for each in sorted(by_id)]
        with translated():
            async with self._pool.acquire() as connection:
                for day in {day_of(each.received) for each in some} - self._partitions:
                    await make_partition(connection, day)
                    self._partitions.add(day)
                new = await keep(connection, some)
        # Of several that are the same, the first is the new one.
        return [_taken(new, each.session_id) for each in sessions]


def _taken(ids: set[bytes], wanted: bytes) -> bool:
    """Take an id out of a set; return whether it was in it."""
    if wanted not in ids:
        return False
    ids.remove(wanted)
    return True


def _session(row: Any) -> StoredSession:
    return StoredSession._make((row[0].bytes, row[1].bytes, *tuple(row)[2:]))


def _number(tag: str) -> int:
    """Return how many rows a statement touched, from what PostgreSQL says of it: `DELETE 3`."""
    return int(tag.rpartition(" ")[2])
