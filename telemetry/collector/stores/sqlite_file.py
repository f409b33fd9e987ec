"""A SQLite file: opened with the pragmas we rely on, brought to the newest schema."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from typing import Final

from telemetry.collector.errors import CollectorError, StoreUnavailable
from telemetry.collector.stores.migrations import Migration, Told, say

__all__ = ["apply", "check_version", "connect", "made", "translated", "truncate_log"]

_BUSY_MILLISECONDS: Final = 2000
_CACHE_KIB: Final = 16 * 1024

_WORDS: Final = {
    "SQLITE_FULL": "full",
    "SQLITE_BUSY": "locked",
    "SQLITE_LOCKED": "locked",
    "SQLITE_READONLY": "read-only",
    "SQLITE_CANTOPEN": "lost",
    "SQLITE_IOERR": "input-output",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_NOTADB": "damaged",
}


def connect(path: str, *, durable: bool = False, create: bool = True) -> sqlite3.Connection:
    """Open a file for use from any one thread at a time. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"file:{_quoted(path)}?mode={'rwc' if create else 'rw'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        if create:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # counts only while the file is empty
        _log_ahead(connection)
        # In a WAL, NORMAL survives the end of the process at any moment, FULL that of the machine too.
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on. SQLite waits for nobody here: others may be turning it on just now."""
    until = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def apply(connection: sqlite3.Connection, steps: tuple[Migration, ...], told: Told = say) -> None:
    """Bring a file to the newest schema; safe where several processes start at once, or end in the middle.

    Raises CollectorError for a file of a newer release than this, and sqlite3.Error.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        check_version(version, steps)
        if 0 < version < steps[-1].number:
            told(version, steps[-1].number)
        for step in steps:
            if step.number > version:
                for statement in _statements(step.sql):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {step.number}")
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def check_version(version: int, steps: tuple[Migration, ...]) -> None:
    """Raise CollectorError for a store that a newer release than this one made."""
    if version > steps[-1].number:
        raise CollectorError(
            "store.newer",
            f"The store has schema {version}, and this release knows up to {steps[-1].number}.",
            "Run the release that made it, or a newer one.",
        )


@contextlib.contextmanager
def made(folder: str) -> Iterator[str]:
    """Give the path of a folder that files are put into, made where it is missing. Raises CollectorError."""
    folder = os.path.expanduser(folder)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        yield folder
    except OSError as error:
        raise CollectorError(
            "store.folder",
            f"The folder {folder} cannot be used: {error.strerror}.",
            "Name another: --store.",
        ) from error


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into StoreUnavailable with one fixed word."""
    try:
        yield
    except sqlite3.Error as error:
        name = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
        raise StoreUnavailable(_WORDS.get(name, "failed")) from error


def truncate_log(connection: sqlite3.Connection) -> bool:
    """Bring everything from the log into the file; return False where somebody reads what is in the log."""
    ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return not busy


def _statements(sql: str) -> Iterator[str]:
    """Give the statements of a script; `executescript` would commit the transaction that it runs in."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(os.path.abspath(path))
