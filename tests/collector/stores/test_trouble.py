"""What a collector does when its store fails, and when the collector itself is killed."""

import asyncio
import json
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw, sqlite_file
from telemetry.collector.stores.protocol import MILLISECONDS_A_DAY
from tests.support.collected import DAY, stored
from tests.support.collector import Collector, a_session, collecting
from tests.support.postgres import cluster
from tests.support.senders import send_all, sessions

if TYPE_CHECKING:
    from telemetry.collector.stores.protocol import RawStore

_UNLIMITED = ("--rate-address", "0", "--rate-user", "0")


def _kept(place: str) -> set[str]:
    """Return the ids of all sessions in a store."""

    async def read() -> set[str]:
        store: RawStore = await open_raw(Settings(store=place))
        try:
            days = await store.days()
            return {
                str(UUID(bytes=session.session_id))
                for day in days
                async for batch in store.sessions(day.day)
                for session in batch
            }
        finally:
            await store.close()

    return asyncio.run(read())


def _answers_again(collector: Collector) -> bool:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if collector.put(a_session()).status == 201:
            return True
        time.sleep(0.2)
    return False


def _is_unavailable(collector: Collector) -> None:
    answer = collector.put(a_session())
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert collector.get("/readyz").status == 503
    assert collector.get("/healthz").status == 200


def test_killed(place: str, tmp_path: Path) -> None:
    """Each session that was answered with 201 is there after the process was killed in the middle."""
    given = sessions(400)
    with collecting(tmp_path, "--store", place, *_UNLIMITED) as collector:
        answered = send_all(collector, given, halfway=lambda: collector.stop(signal.SIGKILL))

    stored = {each for each, status in answered.items() if status == 201}
    assert stored <= _kept(place)
    assert 0 in answered.values()
    with collecting(tmp_path, "--store", place, *_UNLIMITED) as collector:
        again = send_all(collector, given[:50])
    assert all(again[each] == 304 for each in stored & set(again))


def test_stopped_gracefully(place: str, tmp_path: Path) -> None:
    """SIGTERM ends the service with exit code 0, and nothing that was accepted is lost."""
    given = sessions(200)
    with collecting(tmp_path, "--store", place, *_UNLIMITED) as collector:
        answered = send_all(collector, given, halfway=lambda: collector.process.send_signal(signal.SIGTERM))
        # A further signal could meet it when Python has let go of its handlers already.
        assert collector.process.wait(60) == 0

    assert {each for each, status in answered.items() if status == 201} == _kept(place)
    assert set(answered.values()) <= {201, 0}


def test_two_processes(place: str, tmp_path: Path) -> None:
    """Two collectors that start at once on a new store, and get the same sessions at once, keep each once."""
    given = sessions(100)
    with (
        collecting(tmp_path / "one", "--store", place, *_UNLIMITED) as one,
        collecting(tmp_path / "two", "--store", place, *_UNLIMITED) as two,
    ):
        answers: list[dict[str, int]] = []

        def send(to: Collector) -> None:
            answers.append(send_all(to, given))

        threads = [threading.Thread(target=send, args=[each]) for each in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    pairs = [sorted(each[session["sessionId"]] for each in answers) for session in given]
    assert pairs == [[201, 304]] * 100
    assert len(_kept(place)) == 100


def test_opened_by_many_at_once(place: str) -> None:
    """A new store that many open at the same moment is made once, by one of them."""

    async def test() -> None:
        stores = await asyncio.gather(*(open_raw(Settings(store=place)) for _ in range(8)))
        for store in stores:
            await store.close()

    asyncio.run(test())


def test_newer_schema(tmp_path: Path) -> None:
    """A store that a newer release made is left alone, with a sentence that says so."""
    asyncio.run(_make(str(tmp_path)))
    with sqlite3.connect(tmp_path / "sessions.db") as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()

    with pytest.raises(Exception, match="schema 9999"):
        asyncio.run(_make(str(tmp_path)))


async def _make(place: str) -> None:
    store = await open_raw(Settings(store=place))
    await store.close()


def _locked(folder: Path) -> Callable[[], None]:
    connection = sqlite3.connect(folder / "store" / "sessions.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")

    def mend() -> None:
        connection.close()

    return mend


def _moved(folder: Path) -> Callable[[], None]:
    path = folder / "store" / "sessions.db"
    path.rename(folder / "away.db")

    def mend() -> None:
        (folder / "away.db").rename(path)

    return mend


@pytest.mark.parametrize("trouble", [_locked, _moved])
def test_sqlite_in_trouble(tmp_path: Path, trouble: Callable[[Path], Callable[[], None]]) -> None:
    """While the file is locked or gone the answer is 503; afterwards the service goes on by itself."""
    with collecting(tmp_path, *_UNLIMITED) as collector:
        before = a_session()
        assert collector.put(before).status == 201
        mend = trouble(tmp_path)
        _is_unavailable(collector)
        mend()
        assert _answers_again(collector)
        assert collector.put(before).status == 304


def test_disk_full(tmp_path: Path) -> None:
    """On a full disk the answer is 503, nothing is half-written, and it goes on when there is room."""
    with collecting(tmp_path, *_UNLIMITED) as collector:
        assert collector.put(a_session()).status == 201
        # A limit on the size of files is a full disk as far as SQLite can see.
        path = tmp_path / "store" / "sessions.db-wal"
        limit = path.stat().st_size + 20_000
        resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        answered = send_all(collector, sessions(100))
        assert set(answered.values()) == {201, 503}
        stored = {each for each, status in answered.items() if status == 201}
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert _answers_again(collector)
        collector.stop()

    kept = _kept(str(tmp_path / "store"))
    assert stored <= kept
    assert len(kept) == len(stored) + 2


def test_postgres_in_trouble(tmp_path: Path) -> None:
    """While PostgreSQL is down, also at the start, the answer is 503; then the service goes on by itself."""
    with cluster() as own:
        url = own.new_database()
        own.stop("fast")
        with collecting(tmp_path, "--store", url, *_UNLIMITED) as collector:
            _is_unavailable(collector)
            own.start()
            assert _answers_again(collector)
            own.stop("immediate")
            _is_unavailable(collector)
            own.start()
            assert _answers_again(collector)
            own.sql("ALTER SYSTEM SET default_transaction_read_only = on")
            own.sql("SELECT pg_reload_conf()")
            own.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            # The server gets to reading its settings again when it gets to it.
            end = time.monotonic() + 60
            while collector.put(a_session()).status == 201:
                assert time.monotonic() < end
                time.sleep(0.1)
            _is_unavailable(collector)


def test_expiry_beside_the_service(tmp_path: Path) -> None:
    """While many sessions expire, new ones are taken; none of the old ones is left in any file."""
    store = str(tmp_path / "store")
    old = (DAY * MILLISECONDS_A_DAY, b'{"canary":"' + b"expired" * 300 + b'"}')

    async def fill() -> None:
        opened = await open_raw(Settings(store=store))
        await asyncio.gather(*(opened.add(stored(received=old[0], body=old[1])) for _ in range(3000)))
        await opened.close()

    async def expire() -> int:
        opened = await open_raw(Settings(store=store))
        try:
            return await opened.delete_before(DAY + 1)
        finally:
            await opened.close()

    asyncio.run(fill())
    with collecting(tmp_path, *_UNLIMITED) as collector:
        answers: dict[str, int] = {}
        sender = threading.Thread(target=lambda: answers.update(send_all(collector, sessions(150))))
        sender.start()
        assert asyncio.run(expire()) == 3000
        sender.join()
        assert set(answers.values()) == {201}
        files = list((tmp_path / "store").iterdir())
        assert not any(b"expiredexpired" in path.read_bytes() for path in files)
        assert sum(path.stat().st_size for path in files) < 3_000_000


def test_durable_flushes(tmp_path: Path) -> None:
    """With --durable each commit is flushed to the disk: SQLite's FULL; without it, NORMAL."""
    for durable, level in ((True, 2), (False, 1)):
        connection = sqlite_file.connect(str(tmp_path / "a.db"), durable=durable)
        assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
        connection.close()


def test_deleted_sessions_leave_the_disk(tmp_path: Path) -> None:
    """What a person had deleted is in none of the files any more: not in the database, not in its log."""
    session = a_session()
    user = UUID(session["userId"])

    async def test() -> None:
        store = await open_raw(Settings(store=str(tmp_path / "store")))
        try:
            assert await store.delete_users("test-app", [user.bytes]) == 1
            files = list((tmp_path / "store").iterdir())
            assert not any(
                user.bytes in file.read_bytes() or str(user).encode() in file.read_bytes() for file in files
            )
        finally:
            await store.close()

    with collecting(tmp_path) as collector:
        assert collector.put(json.dumps(session).encode()).status == 201
        assert collector.put(a_session()).status == 201
        asyncio.run(test())
