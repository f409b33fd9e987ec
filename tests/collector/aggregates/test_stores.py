"""What every store of sums does."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from telemetry.collector.aggregates import open_aggregates
from telemetry.collector.aggregates.model import AggregateStore, Note, Publication, Row
from telemetry.collector.settings import Settings

WEEK = Publication("app", "production", "week", "2026-W21", 20591, 1_780_000_000_000, 10, 0.0, 20)
DAY = WEEK._replace(kind="day", period="2026-05-18", noise=0.25)
ROWS = [
    Row("people", "osName", "people", "1.0", "linux", people=40),
    Row("people", "osName", "people", "1.0", "~", people=12),
    Row("sessions", "commandType", "people", "", "run", 30, 400),
    Row("duration", "RunTask", "ci", "", "", None, None, 1200, 9300, 2),
]

Work = Callable[[AggregateStore], Awaitable[None]]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the place of a store of the test's own."""
    if request.param == "sqlite":
        return str(tmp_path / "store")
    address: str = request.getfixturevalue("postgres").new_database()
    return address


def _in_store(place: str, work: Work) -> None:
    async def run() -> None:
        store = await open_aggregates(Settings(store="/nowhere", aggregates=place))
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(run())


def test_kept(place: str) -> None:
    """A publication comes back as it was written, after the store was closed and opened again."""

    async def write(store: AggregateStore) -> None:
        assert await store.publish(WEEK, ROWS)
        assert await store.publish(DAY, [])

    async def read(store: AggregateStore) -> None:
        assert [*await store.publications()] == [WEEK, DAY]
        assert sorted(await store.rows(WEEK)) == sorted(ROWS)
        assert not await store.rows(DAY)

    _in_store(place, write)
    _in_store(place, read)


def test_once(place: str) -> None:
    """A period is published once: a second attempt changes nothing."""

    async def work(store: AggregateStore) -> None:
        await store.publish(WEEK, ROWS)
        assert not await store.publish(WEEK._replace(frozen=1), ROWS[:1])
        assert [*await store.publications()] == [WEEK]
        assert len(await store.rows(WEEK)) == len(ROWS)

    _in_store(place, work)


def test_two_at_once(place: str) -> None:
    """Of two that publish the same period at the same moment one does."""

    async def work(store: AggregateStore) -> None:
        other = await open_aggregates(Settings(aggregates=place))
        try:
            done = await asyncio.gather(store.publish(WEEK, ROWS), other.publish(WEEK, ROWS))
        finally:
            await other.close()
        assert sorted(done) == [False, True]
        assert len(await store.rows(WEEK)) == len(ROWS)

    _in_store(place, work)


def test_query(place: str) -> None:
    """The same SQL with names for values gives the same numbers in every store."""

    async def work(store: AggregateStore) -> None:
        await store.publish(WEEK, ROWS)
        rows = await store.query(
            "SELECT c.value, SUM(c.people), SUM(c.people) * 1.5 FROM cells c "
            "JOIN publications p ON p.id = c.publication "
            "WHERE c.name = :name AND p.first_day >= :first AND p.application = :application "
            "GROUP BY c.value ORDER BY c.value",
            {"name": "osName", "first": 20591, "application": "app"},
        )
        assert [*rows] == [("linux", 40, 60), ("~", 12, 18)]

    _in_store(place, work)


def test_replaced(place: str) -> None:
    """A redaction exchanges cells and keeps a note, and pages can see that something changed."""
    note = Note(1_780_000_000_001, "app/2026-W21/…", "a reason")

    async def work(store: AggregateStore) -> None:
        await store.publish(WEEK, ROWS)
        before = await store.generation()
        await store.replace(WEEK, ROWS[2:], note)

        assert sorted(await store.rows(WEEK)) == sorted(ROWS[2:])
        assert [*await store.notes()] == [note]
        assert await store.generation() != before

    _in_store(place, work)


def test_generation(place: str) -> None:
    """The generation changes with each publication, and only with one."""

    async def work(store: AggregateStore) -> None:
        first = await store.generation()
        await store.publish(WEEK, ROWS)
        second = await store.generation()
        await store.publish(WEEK, ROWS)

        assert first != second
        assert await store.generation() == second

    _in_store(place, work)
