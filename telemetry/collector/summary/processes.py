"""Reads and counts sessions in several processes, each with its own share of the people."""

import asyncio
import gc
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import psutil

from telemetry.catalog import Catalog
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import Part
from telemetry.collector.summary.job import Scanner
from telemetry.collector.summary.scan import Found, Wanted, scan

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["scanner"]

_SESSIONS_A_PART: Final = 250_000
"""Bounds what one process holds at a time, to some 250 MB."""
_BYTES: Final = 1000
"""Held for each session of a part: those of two weeks or so, and what was counted."""
_WORTH_A_PROCESS: Final = 20_000


def scanner(settings: Settings, sessions: int) -> Scanner:
    """Return what reads `sessions` sessions of the store in the settings."""
    processes = min(os.cpu_count() or 1, 4, max(1, sessions // _WORTH_A_PROCESS))
    number = _parts(sessions, processes, psutil.virtual_memory().available)
    parts = [Part(each, number) for each in range(number)]

    def read(catalog: Catalog, wanted: Wanted) -> Sequence[Found]:
        return _each(processes, [(settings, catalog, wanted, part) for part in parts])

    return read


def _parts(sessions: int, processes: int, memory: int) -> int:
    """Return in how many parts to read: as many for each process, so that all end at once.

    The parts that are read at one time take half of the memory that is left, at most.
    """
    together = min(_SESSIONS_A_PART * processes, max(_WORTH_A_PROCESS, memory // 2 // _BYTES))
    return processes * max(1, -(-sessions // together))


def _each(processes: int, given: Sequence[tuple[Settings, Catalog, Wanted, Part]]) -> list[Found]:
    executor: Executor
    if processes == 1:
        executor = ThreadPoolExecutor(1)
    else:
        # Not forked: the store's threads do not come along, but their locks would.
        executor = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"))
    with executor:
        return [future.result() for future in [executor.submit(_scan, *each) for each in given]]


def _scan(settings: Settings, catalog: Catalog, wanted: Wanted, part: Part) -> Found:
    if multiprocessing.parent_process() is not None:
        # A hundred thousand sessions are held, none of them in a cycle: a third of the time is saved.
        gc.disable()
    return asyncio.run(_scan_store(settings, catalog, wanted, part))


async def _scan_store(settings: Settings, catalog: Catalog, wanted: Wanted, part: Part) -> Found:
    raw = await open_raw(settings)
    try:
        return await scan(raw, catalog, wanted, part)
    finally:
        await raw.close()
