"""What waits to leave, on the disk: it survives any end of the process, and can be looked at and paused."""

import os
import secrets
import sqlite3
import threading
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from telemetry.collector.stores import sqlite_file
from telemetry.collector.stores.migrations import migrations

__all__ = ["FILE", "Queue", "State", "Waiting"]

FILE: Final = "relay.db"


class Waiting(NamedTuple):
    """A session that waits."""

    session_id: bytes
    user_id: bytes
    """As inside; it does not leave."""
    application: str
    upstream: str
    queued: int
    """Milliseconds since 1970."""
    body: bytes
    """What leaves, byte for byte."""


class State(NamedTuple):
    """How a queue is."""

    waiting: int
    oldest: int | None
    """When the session that waits longest came, in milliseconds since 1970."""
    paused: bool
    sent: int
    dropped: int
    """Sessions that the other side refused, or that expired here."""
    last_answer: str
    """Of the other side: a status code, or a word for what came in its place."""


class Queue:
    """A queue in a SQLite file, for several processes and threads at once. Raises StoreUnavailable."""

    def __init__(self, folder: str) -> None:
        with sqlite_file.made(folder) as made:
            path = os.path.join(made, FILE)
        self._lock = threading.Lock()
        with sqlite_file.translated():
            self._connection = sqlite_file.connect(path)
            sqlite_file.apply(self._connection, migrations("relay"))
            os.chmod(path, 0o600)

    def secret(self) -> str:
        """Return the relay's secret, made when it is first asked for."""
        self._execute("INSERT INTO state VALUES ('secret', ?) ON CONFLICT DO NOTHING", secrets.token_hex(32))
        return self._state("secret")

    def add(self, waiting: Waiting) -> None:
        """Let a session wait; one that waits already does so once."""
        self._execute(
            "INSERT INTO waiting (session_id, user_id, application, upstream, queued, body) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *waiting,
        )

    def next(self, number: int = 1) -> Sequence[Waiting]:
        """Return those that wait longest."""
        rows = self._execute(
            "SELECT session_id, user_id, application, upstream, queued, body FROM waiting "
            "ORDER BY number LIMIT ?",
            number,
        )
        return [Waiting(*row) for row in rows]

    def sent(self, waiting: Waiting, now: int, answer: str) -> None:
        """Take out a session that the other side has."""
        self._execute(
            "INSERT INTO gone_out VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last",
            waiting.user_id, waiting.application, waiting.upstream, now,
        )  # fmt: skip
        self._remove(waiting, "sent", answer)

    def drop(self, waiting: Waiting, answer: str) -> None:
        """Take out a session that the other side will never take."""
        self._remove(waiting, "dropped", answer)

    def expire(self, before: int) -> int:
        """Take out what came before an instant; return the number."""
        rows = self._execute("DELETE FROM waiting WHERE queued < ? RETURNING number", before)
        self._execute("DELETE FROM gone_out WHERE last < ?", before)
        self._count("dropped", len(rows))
        return len(rows)

    def forget(self, users: Sequence[bytes]) -> None:
        """Take out everything of some people that still waits."""
        for user in users:
            self._execute("DELETE FROM waiting WHERE user_id = ?", user)

    def gone_out(self, application: str, users: Sequence[bytes]) -> Sequence[tuple[bytes, str]]:
        """Return those people of whom something went out, and where to."""
        found: list[tuple[bytes, str]] = []
        for user in users:
            rows = self._execute(
                "SELECT upstream FROM gone_out WHERE user_id = ? AND application = ?", user, application
            )
            found += [(user, row[0]) for row in rows]
        return found

    def forgotten(self, user: bytes, application: str, upstream: str) -> None:
        """Note that the other side confirmed a deletion."""
        self._execute(
            "DELETE FROM gone_out WHERE user_id = ? AND application = ? AND upstream = ?",
            user, application, upstream,
        )  # fmt: skip

    def pause(self, *, paused: bool) -> None:
        """Stop what leaves, or let it go on; sessions are taken all the same."""
        self._set("paused", "1" if paused else "")

    def answered(self, answer: str) -> None:
        """Note the last answer of the other side."""
        self._set("answer", answer)

    def state(self) -> State:
        """Return how the queue is."""
        ((waiting, oldest),) = self._execute("SELECT count(*), min(queued) FROM waiting")
        return State(
            waiting,
            oldest,
            bool(self._state("paused")),
            int(self._state("sent") or 0),
            int(self._state("dropped") or 0),
            self._state("answer"),
        )

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._connection.close()

    def _remove(self, waiting: Waiting, counter: str, answer: str) -> None:
        self._execute("DELETE FROM waiting WHERE session_id = ?", waiting.session_id)
        self._count(counter, 1)
        self.answered(answer)

    def _count(self, name: str, more: int) -> None:
        self._execute(
            "INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE "
            "SET value = CAST(CAST(value AS INTEGER) + ? AS TEXT)",
            name, str(more), more,
        )  # fmt: skip

    def _set(self, name: str, value: str) -> None:
        self._execute(
            "INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value
        )

    def _state(self, name: str) -> str:
        rows = self._execute("SELECT value FROM state WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def _execute(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock, sqlite_file.translated():
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.ProgrammingError as error:
                raise sqlite3.OperationalError(str(error)) from error
