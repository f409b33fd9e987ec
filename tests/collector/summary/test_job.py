"""The daily job, from stored sessions to publications that never change."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from telemetry.collector.aggregates import open_aggregates
from telemetry.collector.aggregates.model import AggregateStore, Publication, Row
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import RawStore, Refusal, StoredSession
from telemetry.collector.summary.job import Options, Stores, Summary, summarise
from telemetry.collector.summary.processes import scanner
from tests.support.crowds import DAY, MONDAY, catalog, session, user

CATALOG = catalog()
WEEK = "2026-W21"
AFTER = (MONDAY + 10) * 86400.0
"""Three days after the week's end."""

Work = Callable[[RawStore, AggregateStore], Awaitable[None]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with stores of the test's own."""
    return Settings(store=str(tmp_path))


def _in_stores(settings: Settings, work: Work) -> None:
    async def run() -> None:
        raw, store = await open_raw(settings), await open_aggregates(settings)
        try:
            await work(raw, store)
        finally:
            await raw.close()
            await store.close()

    asyncio.run(run())


async def _summarise(
    settings: Settings, raw: RawStore, store: AggregateStore, now: float = AFTER, **options: Any
) -> Summary:
    return await summarise(
        Stores(raw, store), CATALOG, scanner(settings, 0), now=now, options=Options(**options)
    )


async def _add(raw: RawStore, people: Iterable[int], days: Sequence[int] = (MONDAY,), **values: Any) -> None:
    version = values.pop("version", "1.0.0")
    received = values.pop("received", None)
    for number in people:
        for day in days:
            started = day * DAY + 3_600_000
            await raw.add(
                StoredSession(
                    uuid.uuid4().bytes,
                    user(number),
                    CATALOG.application_id,
                    version,
                    started + 1000 if received is None else received,
                    started,
                    started + 500,
                    on_ci=bool(values.get("onCi")),
                    body=session(started, **values),
                )
            )


async def _rows(store: AggregateStore, period: str, site: str = "production") -> list[Row]:
    found = [each for each in await store.publications() if (each.period, each.site) == (period, site)]
    assert len(found) == 1
    return [*await store.rows(found[0])]


def _people(rows: Iterable[Row], name: str, segment: str = "people") -> dict[tuple[str, str], int | None]:
    return {
        (row.version, row.value): row.people
        for row in rows
        if (row.topic, row.name, row.segment) == ("people", name, segment)
    }


def _unrounded(row: Row) -> Row:
    """Return a cell without its number of people, of which the last digit is left to chance."""
    return row._replace(people=None)


def test_one_point_a_day(settings: Settings) -> None:
    """A person counts once, however many sessions they have, with the values of the last one."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(20), colour="red")
        for hour in range(1, 6):
            for number in range(20):
                started = MONDAY * DAY + 3_600_000 * (hour + 1)
                await raw.add(
                    StoredSession(uuid.uuid4().bytes, user(number), "crowd", "1.0.1", started, started,
                                  started, on_ci=False, body=session(started, colour="green"))
                )  # fmt: skip
        await _summarise(settings, raw, store)
        rows = await _rows(store, WEEK)

        assert _people(rows, "active") == {("", "active"): 20, ("1.0", "active"): 20}
        assert _people(rows, "colour") == {("", "green"): 20, ("1.0", "green"): 20}
        assert _people(rows, "daysSeen") == {("", "1"): 20, ("1.0", "1"): 20}

    _in_stores(settings, work)


def test_seen_twice_apart(settings: Settings) -> None:
    """People who were seen on two days or more are counted apart."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(30))
        await _add(raw, range(30, 50), days=(MONDAY, MONDAY + 3))
        await _summarise(settings, raw, store)
        seen = _people(await _rows(store, WEEK), "daysSeen")

        assert (seen["", "1"], seen["", "2+"]) == (30, 20)

    _in_stores(settings, work)


def test_versions(settings: Settings) -> None:
    """Fixes of one minor version are one; versions with few people are pooled, and too few are not shown."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(10), version="1.0.0")
        await _add(raw, range(10, 40), version="1.0.7")
        await _add(raw, range(40, 60), version="1.1.0")
        await _add(raw, range(60, 66), version="0.9.0")
        await _add(raw, range(66, 70), version="0.8.0")
        await _add(raw, range(80, 83), version="1.1.0.dev1")
        await _summarise(settings, raw, store)
        active = _people(await _rows(store, WEEK), "active")

        assert active == {
            ("", "active"): 70, ("1.0", "active"): 40, ("1.1", "active"): 20, ("~", "active"): 10,
        }  # fmt: skip
        assert not await _rows(store, WEEK, "development")

    _in_stores(settings, work)


def test_development_apart(settings: Settings) -> None:
    """Versions that are not exactly X.Y.Z are on a site of their own."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(10), version="1.0.0")
        await _add(raw, range(10, 30), version="1.1.0.dev3")
        await _summarise(settings, raw, store)

        assert _people(await _rows(store, WEEK), "active")["1.0", "active"] == 10
        assert _people(await _rows(store, WEEK, "development"), "active")["1.1", "active"] == 20

    _in_stores(settings, work)


def test_no_machines(settings: Settings) -> None:
    """CI systems and coding agents are no people: neither adds to a count of them."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(9))
        await _add(raw, range(100, 300), onCi=True)
        await _add(raw, range(300, 320), codingAgent="robot")
        await _summarise(settings, raw, store)
        rows = await _rows(store, WEEK)

        assert not [row for row in rows if row.segment == "people"]
        assert _people(rows, "active", "agents")["", "active"] == 20
        assert all(row.people is None for row in rows if row.segment == "ci")
        total = [row for row in rows if row.segment == "ci" and row.name == "sessions"]
        assert {row.sessions for row in total} == {200}

    _in_stores(settings, work)


def test_frozen(settings: Settings) -> None:
    """What is published stays as it is, whatever comes or is deleted afterwards."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(20))
        first = await _summarise(settings, raw, store)
        before = await _rows(store, WEEK)
        await _add(raw, range(20, 40))
        await raw.delete_users("crowd", [user(number) for number in range(8)])
        second = await _summarise(settings, raw, store, AFTER + 3600)

        assert first.published
        assert not second.published
        assert await _rows(store, WEEK) == before

    _in_stores(settings, work)


def test_deleted_before(settings: Settings) -> None:
    """Somebody who had their data deleted is not in sums that were not frozen yet."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(30))
        await _summarise(settings, raw, store, (MONDAY + 8) * 86400.0)
        await raw.delete_users("crowd", [user(number) for number in range(10)])
        await _summarise(settings, raw, store)

        assert _people(await _rows(store, WEEK), "active")["", "active"] == 20

    _in_stores(settings, work)


def test_late(settings: Settings) -> None:
    """A week waits three days for sessions that come late, and later ones are counted as late."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(20))
        await _add(raw, range(20, 30), received=(MONDAY + 9) * DAY)
        await _add(raw, range(30, 55), received=(MONDAY + 10) * DAY)
        early = await _summarise(settings, raw, store, AFTER - 1)
        await _summarise(settings, raw, store, AFTER + 86400)
        rows = await _rows(store, "2026-05-28")

        assert "week" not in {each.kind for each in early.published}
        assert _people(await _rows(store, WEEK), "active")["", "active"] == 30
        assert [row.sessions for row in rows if row.name == "late"] == [20]

    _in_stores(settings, work)


def test_months_and_leaving(settings: Settings) -> None:
    """Months count ids that last, and who is not seen for four weeks has left; both in whole tens."""
    first_of_june = 20605

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(34), days=(first_of_june,))
        await _add(raw, range(34, 64), days=(first_of_june + 8,))
        await _add(raw, range(100, 116), days=(first_of_june,), telemetryLevel="basic")
        await _add(raw, range(12), days=(first_of_june + 33,))
        await _summarise(settings, raw, store, (first_of_june + 45) * 86400.0)
        month = await _rows(store, "2026-06")
        week = await _rows(store, "2026-W27")

        assert [row.people for row in month if row.name == "month"] == [80]
        assert [(row.value, row.people) for row in week if row.topic == "leaving"] == [("2026-W23", 20)]

    _in_stores(settings, work)


def test_other_and_refused(settings: Settings) -> None:
    """Each day tells how often a field was `other`, and how many sessions were refused for which reason."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(30), colour="red")
        await _add(raw, range(30, 50), colour="other")
        await raw.add_refusals({Refusal(MONDAY, "crowd", "attributes.colour", "invalid"): 27})
        await _summarise(settings, raw, store)
        rows = await _rows(store, "2026-05-18")

        colour = {row.value: row.sessions for row in rows if (row.topic, row.name) == ("quality", "colour")}
        assert colour == {"other": 20, "listed": 30}
        refused = [(row.name, row.value, row.sessions) for row in rows if row.topic == "refused"]
        assert refused == [("attributes.colour", "invalid", 20)]

    _in_stores(settings, work)


def test_noise(settings: Settings) -> None:
    """With a budget, numbers are not what was counted, and what was used of it is with the publication."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(200), colour="red")
        await _summarise(settings, raw, store, noise=0.5)
        (week,) = [
            each for each in await store.publications() if (each.period, each.site) == (WEEK, "production")
        ]
        numbers = [row.people for row in await store.rows(week) if row.topic == "people"]

        assert week.noise == 0.5
        assert set(numbers) != {200}

    _in_stores(settings, work)


def test_unreadable(settings: Settings) -> None:
    """A session that no catalogue explains any more is left out and counted; the others are summed up."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(20), colour="red")
        await _add(raw, range(20, 50), colour="a colour of the past")
        await _summarise(settings, raw, store)
        (week,) = [
            each for each in await store.publications() if (each.period, each.site) == (WEEK, "production")
        ]

        assert week.unreadable == 30
        assert _people(await store.rows(week), "colour")["", "red"] == 20

    _in_stores(settings, work)


def test_nothing_of_a_person(settings: Settings, tmp_path: Path) -> None:
    """The file of sums holds no id, in whatever form."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(1000, 1040))
        await _summarise(settings, raw, store)

    _in_stores(settings, work)
    held = (tmp_path / "aggregates.db").read_bytes()
    for number in range(1000, 1040):
        assert user(number) not in held
        assert user(number).hex().encode() not in held


def test_same_in_several_processes(settings: Settings) -> None:
    """Several processes that share the people come to the same numbers as one."""

    async def work(raw: RawStore, store: AggregateStore) -> None:
        await _add(raw, range(60), colour="red", wears=True)
        await _add(raw, range(40, 90), days=(MONDAY + 2,), colour="blue", commandType="list")
        one = scanner(settings, 0)
        many = scanner(settings, 50_000)
        await summarise(Stores(raw, store), CATALOG, one, now=AFTER)
        other = await open_aggregates(settings._replace(aggregates=settings.store + "/other"))
        try:
            await summarise(Stores(raw, other), CATALOG, many, now=AFTER)
            for each in await store.publications():
                assert [_unrounded(row) for row in await store.rows(each)] == [
                    _unrounded(row) for row in await other.rows(each)
                ]
        finally:
            await other.close()

    _in_stores(settings, work)


def test_publication_is_whole() -> None:
    """A publication says what it is: all its parts have names that JSON can carry."""
    publication = Publication("crowd", "production", "week", WEEK, MONDAY, 0, 10, 0.0, 0)

    assert json.loads(json.dumps(publication._asdict()))["period"] == WEEK
