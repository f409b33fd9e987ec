"""A store that an older release made: brought to the newest form, whatever happens meanwhile."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from telemetry.collector import app
from telemetry.collector.catalogues import Catalogues
from telemetry.collector.context import Context
from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.operations.log import Log
from telemetry.collector.operations.metrics import Metrics
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw, sqlite_file
from telemetry.collector.stores.migrations import Told, migrations
from telemetry.collector.stores.protocol import RawStore
from tests.support.collected import DAY, stored
from tests.support.collector import a_session, collecting
from tests.support.stores import kept

_NUMBER = 20_000


def _old(folder: Path) -> Path:
    """Make a store of the first release's form, with sessions in it."""
    folder.mkdir()
    with closing(sqlite_file.connect(str(folder / "sessions.db"))) as connection:
        sqlite_file.apply(connection, migrations("sqlite")[:1])
        marks = ", ".join("?" * 10)
        rows = [(DAY + number % 9, *stored(body=b"{}" * 200)) for number in range(_NUMBER)]
        columns = "day, session_id, user_id, application, version, received, started, ended, on_ci, body"
        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO sessions ({columns}) VALUES ({marks})", rows)  # noqa: S608
        connection.execute("COMMIT")
    return folder


def _schema(folder: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(folder / "sessions.db")) as connection:
        return (
            connection.execute("PRAGMA user_version").fetchone()[0],
            connection.execute("SELECT count(*) FROM sessions").fetchone()[0],
        )


def test_killed_while_it_is_upgraded(tmp_path: Path) -> None:
    """Old or new, the store is whole after a kill; the next start does the rest, and goes on."""
    store = _old(tmp_path / "store")
    command = [sys.executable, "-m", "telemetry.collector", "audits", "--store", str(store)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"brought from schema 1 to 2" in process.stderr.readline()
        process.kill()
    assert _schema(store) in ((1, _NUMBER), (2, _NUMBER))

    with collecting(tmp_path) as collector:
        end = time.monotonic() + 60
        while collector.get("/readyz").status != 200:
            assert time.monotonic() < end, collector.log.read_text()
            time.sleep(0.05)
        session = a_session()
        assert collector.put(session).status == 201
        assert collector.put(session).status == 304
    assert _schema(store) == (2, _NUMBER + 1)


def test_given_up_while_it_is_upgraded(tmp_path: Path) -> None:
    """Where the service is stopped meanwhile, it ends soon, and the store is left as it was."""
    store = _old(tmp_path / "store")
    is_cancelled = threading.Event()

    async def stop() -> None:
        loop, begun = asyncio.get_running_loop(), asyncio.Event()

        def told(_old: int, _new: int) -> None:
            loop.call_soon_threadsafe(begun.set)
            is_cancelled.wait(60)

        opening = asyncio.create_task(open_raw(Settings(store=str(store)), told))
        await begun.wait()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        is_cancelled.set()

    asyncio.run(stop())

    with closing(sqlite3.connect(store / "sessions.db", timeout=60, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert len(kept(str(store))) == _NUMBER
    assert _schema(store) == (2, _NUMBER)


def test_served_while_it_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says that the store is upgraded; until it is, the service runs, and takes no session."""
    settings = Settings(store=str(tmp_path / "store"), log=str(tmp_path / "log"), role="ingest")
    context = Context(settings, Catalogues(installed=False), Metrics(), Log(settings.log))

    async def run() -> None:
        go_on = asyncio.Event()

        async def slow(settings: Settings, told: Told) -> RawStore:
            told(1, 2)
            await go_on.wait()
            return await open_raw(settings)

        monkeypatch.setattr(app, "open_raw", slow)
        async with app.running(context):
            with pytest.raises(StoreUnavailable, match="starting"):
                await context.raw.check()
            go_on.set()
            for _ in range(600):
                if context.sessions is not None:
                    break
                await asyncio.sleep(0.05)
            await context.raw.check()
            await asyncio.sleep(0)

    asyncio.run(run())

    context.log.close()
    lines = "".join(path.read_text() for path in Path(settings.log).iterdir()).splitlines()
    events = [json.loads(line)["event"] for line in lines]
    assert [each for each in events if each.startswith("store-")] == ["store-upgrading", "store-available"]
