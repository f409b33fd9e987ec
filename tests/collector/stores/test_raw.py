"""What every store of sessions does."""

import asyncio
from typing import Any

from telemetry.collector.stores.protocol import (
    MILLISECONDS_A_DAY,
    Audit,
    Day,
    Part,
    RawStore,
    Refusal,
    StoredSession,
)
from tests.support.collected import DAY, stored
from tests.support.stores import Opened


async def _all(store: RawStore, day: int, **how: Any) -> list[StoredSession]:
    return [each async for batch in store.sessions(day, **how) for each in batch]


def test_kept(opened: Opened) -> None:
    """A session comes back as it was given, after the store was closed and opened again."""

    async def test() -> None:
        session = stored(on_ci=True, body=b'{"a":1}')
        async with opened() as store:
            assert await store.add(session)
        async with opened() as store:
            assert await _all(store, DAY) == [session]

    asyncio.run(test())


def test_once(opened: Opened) -> None:
    """A session that comes again, also at the same moment and to another process, is kept once."""

    async def test() -> None:
        session = stored()
        async with opened() as one, opened() as other:
            added = await asyncio.gather(*(store.add(session) for store in (one, other) * 20))
            assert added.count(True) == 1
            later = session._replace(received=session.received + 3 * MILLISECONDS_A_DAY)
            assert not await other.add(later)
            assert await one.days() == [Day(DAY, 1, 0)]

    asyncio.run(test())


def test_shared_day(opened: Opened) -> None:
    """Readers that share a day get each session of it once, and none of other days or applications."""

    async def test() -> None:
        sessions = [stored() for _ in range(50)]
        others = [
            stored(application="wave"),
            stored(received=(DAY + 1) * MILLISECONDS_A_DAY),
            stored(received=DAY * MILLISECONDS_A_DAY - 1),
        ]
        async with opened() as store:
            await asyncio.gather(*map(store.add, sessions + others))
            parts = [await _all(store, DAY, application="greet", part=Part(each, 3)) for each in range(3)]
            assert sorted(each for part in parts for each in part) == sorted(sessions)
            assert len(await _all(store, DAY)) == 51
            assert await _all(store, DAY + 7) == []

    asyncio.run(test())


def test_users_deleted(opened: Opened) -> None:
    """What a person sent is found by their ids, deleted, and their days are known to have changed."""

    async def test() -> None:
        mine = [stored(user_id=bytes([each]) * 16) for each in range(3)]
        ids = [each.user_id for each in mine]
        theirs = [stored(), stored(user_id=ids[0], application="wave")]
        async with opened() as store:
            await asyncio.gather(*map(store.add, mine + theirs))
            assert sorted(await store.of_users("greet", ids, most=9)) == sorted(mine)
            assert len(await store.of_users("greet", ids, most=2)) == 2
            assert await store.of_users("greet", ids, most=9, before=(mine[0].received, b"")) == []
            assert len(await store.of_users("greet", ids, most=9, before=(mine[0].received + 1, b""))) == 3
            assert await store.delete_users("greet", ids) == 3
            assert await store.of_users("greet", ids, most=9) == []
            assert await store.delete_users("greet", ids) == 0
            assert await store.days() == [Day(DAY, 2, 1)]

    asyncio.run(test())


def test_pages_of_one_instant(opened: Opened) -> None:
    """Page by page each session comes once, also where all were received in the same millisecond."""

    async def test() -> None:
        mine = [stored(user_id=bytes([each % 3]) * 16) for each in range(7)]
        later = stored(user_id=mine[0].user_id, received=mine[0].received + 1)
        ids = [bytes([each]) * 16 for each in range(3)]
        async with opened() as store:
            await asyncio.gather(*map(store.add, [*mine, later]))
            found = list(await store.of_users("greet", ids, most=2))
            while page := await store.of_users(
                "greet", ids, most=2, before=(found[-1].received, found[-1].session_id)
            ):
                found += page
                assert len(found) <= 8
            assert found[0] == later
            assert found[1:] == sorted(mine, key=lambda each: each.session_id, reverse=True)

    asyncio.run(test())


def test_expired(opened: Opened) -> None:
    """Old days go, with what was refused on them; a session of theirs may come again."""

    async def test() -> None:
        old, new = stored(), stored(received=(DAY + 1) * MILLISECONDS_A_DAY)
        refusal = Refusal(DAY, "greet", "attributes.*", "unknown")
        async with opened() as store:
            await asyncio.gather(store.add(old), store.add(new))
            await store.add_refusals({refusal: 2})
            assert await store.delete_before(DAY + 1) == 1
            assert await store.days() == [Day(DAY + 1, 1, 0)]
            assert await store.refusals(DAY) == {}
            assert await store.add(old._replace(received=new.received))

    asyncio.run(test())


def test_refusals_add_up(opened: Opened) -> None:
    """Numbers of refused sessions add up over several writers."""

    async def test() -> None:
        refusal = Refusal(DAY, "greet", "attributes.exitCode", "invalid")
        async with opened() as one, opened() as other:
            await one.add_refusals({refusal: 2})
            await other.add_refusals({refusal: 3, refusal._replace(key=""): 1})
            assert await one.refusals(DAY) == {refusal: 5, refusal._replace(key=""): 1}

    asyncio.run(test())


def test_one_claim(opened: Opened) -> None:
    """One of all processes gets a day's job; another gets it when the first never finished."""

    async def test() -> None:
        async with opened() as one, opened() as other:
            claims = [store.claim("summarise", DAY, now=1000, lease=500) for store in (one, other) * 5]
            assert (await asyncio.gather(*claims)).count(True) == 1
            assert not await other.claim("summarise", DAY, now=1400, lease=500)
            assert await other.claim("summarise", DAY, now=1600, lease=500)
            await other.finish("summarise", DAY, now=1700)
            assert not await one.claim("summarise", DAY, now=9999, lease=500)
            assert await one.claim("summarise", DAY + 1, now=9999, lease=500)

    asyncio.run(test())


def test_audits(opened: Opened) -> None:
    """Who looked at raw data, and why, is kept in order."""

    async def test() -> None:
        entries = [Audit(1, "export", "a fault in 1.2", 7), Audit(2, "forget", "", 3)]
        async with opened() as store:
            for entry in entries:
                await store.add_audit(entry)
        async with opened() as store:
            assert await store.audits() == entries

    asyncio.run(test())
