"""Reads and counts sessions in several processes, each with its own share of the people."""

import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

from telemetry.catalog import Catalog
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.summary.job import Scanner
from telemetry.collector.summary.scan import Days, DaysScan, Part, WeekScan, scan_days, scan_week
from telemetry.collector.summary.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Executor

    from telemetry.collector.stores.protocol import RawStore

__all__ = ["scanner"]

_Found = TypeVar("_Found")

_SESSIONS_A_PART: Final = 200_000
"""Bounds what one process holds at a time, to some 400 MB."""
_WORTH_A_PROCESS: Final = 20_000


def scanner(settings: Settings, sessions: int) -> Scanner:
    """Return what reads `sessions` sessions of the store in the settings."""
    processes = min(os.cpu_count() or 1, 4, max(1, sessions // _WORTH_A_PROCESS))
    number = max(processes, -(-sessions // _SESSIONS_A_PART))
    parts = [Part(each, number) for each in range(number)]

    def week(catalog: Catalog, wanted: WeekScan) -> Sequence[dict[str, Tally]]:
        return _each(processes, _week, [(settings, catalog, wanted, part) for part in parts])

    def days(catalog: Catalog, wanted: DaysScan) -> Sequence[dict[str, Days]]:
        return _each(processes, _days, [(settings, catalog, wanted, part) for part in parts])

    return Scanner(week, days)


def _each(processes: int, work: Any, given: Sequence[tuple[Any, ...]]) -> list[Any]:
    executor: Executor
    if processes == 1:
        executor = ThreadPoolExecutor(1)
    else:
        # Not forked: the store's threads do not come along, but their locks would.
        executor = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"))
    with executor:
        return [future.result() for future in [executor.submit(work, *each) for each in given]]


def _week(settings: Settings, catalog: Catalog, wanted: WeekScan, part: Part) -> dict[str, Tally]:
    return _in_store(settings, lambda raw: scan_week(raw, catalog, wanted, part))


def _days(settings: Settings, catalog: Catalog, wanted: DaysScan, part: Part) -> dict[str, Days]:
    return _in_store(settings, lambda raw: scan_days(raw, catalog, wanted, part))


def _in_store(settings: Settings, work: "Callable[[RawStore], Coroutine[Any, Any, _Found]]") -> _Found:
    async def run() -> _Found:
        raw = await open_raw(settings)
        try:
            return await work(raw)
        finally:
            await raw.close()

    return asyncio.run(run())
