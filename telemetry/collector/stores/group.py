"""Group commit: sessions that arrive while a transaction runs share the next one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from telemetry.collector.errors import StoreUnavailable

__all__ = ["GroupCommit"]

_Item = TypeVar("_Item")
_MOST: Final = 512
_LOG: Final = logging.getLogger(__name__)


class GroupCommit(Generic[_Item]):
    """Hands items to `commit` in batches, and each result to the one who waits for it.

    At most `at_once` batches are under way; `waiting` items may wait, beyond that `add` raises
    StoreUnavailable("overloaded"). `commit` returns a result an item, in their order.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[_Item]], Awaitable[Sequence[bool]]],
        *,
        waiting: int = 4096,
        at_once: int = 1,
    ) -> None:
        self._commit = commit
        self._waiting = waiting
        self._free = at_once
        self._items: list[_Item] = []
        self._futures: list[asyncio.Future[bool]] = []
        self._running: set[asyncio.Task[None]] = set()

    async def add(self, item: _Item) -> bool:
        """Wait until the item is committed; return what `commit` said of it."""
        if len(self._items) >= self._waiting:
            raise StoreUnavailable("overloaded")
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._items.append(item)
        self._futures.append(future)
        if self._free:
            self._free -= 1
            task = asyncio.create_task(self._work())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await future

    async def drained(self) -> None:
        """Wait until nothing is under way."""
        while self._running:
            await asyncio.wait(self._running)

    async def _work(self) -> None:
        try:
            while self._items:
                items, self._items = self._items[:_MOST], self._items[_MOST:]
                futures, self._futures = self._futures[:_MOST], self._futures[_MOST:]
                await self._one(items, futures)
        finally:
            self._free += 1

    async def _one(self, items: Sequence[_Item], futures: "Sequence[asyncio.Future[bool]]") -> None:
        try:
            results = await self._commit(items)
        except StoreUnavailable as error:
            _fail(futures, error)
            return
        except Exception:  # noqa: BLE001 - the boundary to a database's driver: whoever waits must hear of it
            _LOG.error("a batch failed", exc_info=True)
            _fail(futures, StoreUnavailable("failed"))
            return
        for future, result in zip(futures, results, strict=True):
            if not future.done():  # the sender may have gone away meanwhile
                future.set_result(result)


def _fail(futures: "Sequence[asyncio.Future[bool]]", error: StoreUnavailable) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)
