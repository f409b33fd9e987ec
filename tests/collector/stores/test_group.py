"""Group commit: who waits is told, whatever becomes of a batch."""

import asyncio
from collections.abc import Sequence

import pytest

from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.stores.group import GroupCommit


def test_batches() -> None:
    """What arrives during a transaction shares the next one, and each gets its own result."""
    batches: list[list[int]] = []

    async def commit(items: Sequence[int]) -> Sequence[bool]:
        batches.append(list(items))
        await asyncio.sleep(0.01)
        return [item % 2 == 0 for item in items]

    async def test() -> None:
        group = GroupCommit(commit)
        assert await asyncio.gather(*map(group.add, range(100))) == [number % 2 == 0 for number in range(100)]
        await group.drained()

    asyncio.run(test())
    assert batches == [list(range(100))] or len(batches) == 2


@pytest.mark.parametrize("error", [StoreUnavailable("full"), ZeroDivisionError()])
def test_failure_and_afterwards(error: Exception) -> None:
    """A batch that fails, for whatever reason, is told to those in it; what waited behind it is served."""
    failing = [True]

    async def commit(items: Sequence[int]) -> Sequence[bool]:
        await asyncio.sleep(0.01)
        if failing.pop() if failing else False:
            raise error
        return [True for _ in items]

    async def test() -> None:
        group = GroupCommit(commit)
        first = asyncio.create_task(group.add(1))
        await asyncio.sleep(0.005)
        second = asyncio.create_task(group.add(2))
        with pytest.raises(StoreUnavailable):
            await first
        assert await second
        await group.drained()

    asyncio.run(test())


def test_overloaded() -> None:
    """Where too many wait already, the next is turned away at once."""

    async def commit(items: Sequence[int]) -> Sequence[bool]:
        await asyncio.sleep(0.05)
        return [True for _ in items]

    async def test() -> None:
        group = GroupCommit(commit, waiting=10)
        results = await asyncio.gather(*map(group.add, range(30)), return_exceptions=True)
        assert sum(result is True for result in results) == 10
        assert {str(result) for result in results if result is not True} == {"overloaded"}

    asyncio.run(test())
