"""Measures what a session costs to store while the store grows from nothing to a million sessions.

    python tests/benchmarks/growth.py [--sessions 1000000] [--store FOLDER-OR-URL]

Printed are processor time and wall time for each session, for portions that end at the given numbers. With
PostgreSQL the server's own time is not in it but as wall time.
"""

import argparse
import asyncio
import os
import resource
import shutil
import tempfile
import time
from itertools import cycle
from pathlib import Path

from taskrunner.usage_catalog import CATALOG
from telemetry.collector.population import population
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import RawStore, StoredSession

_AT_ONCE = 32
_PORTION = 10_000
_USERS = 50_000


async def store_all(store: RawStore, number: int) -> None:
    """Store so many sessions, and print what portions of them cost."""
    bodies = cycle([each.body for each in population(CATALOG, 3000, seed=5, now=time.time())])
    users = [os.urandom(16) for _ in range(_USERS)]
    day = 24 * 3600 * 1000
    first = int(time.time() * 1000) - 30 * day
    print(f"{'sessions':>9} {'CPU µs':>7} {'wall µs':>8}")
    for start in range(0, number, _PORTION):
        ids = [os.urandom(16) for _ in range(_PORTION)]
        at = first + start * 30 * day // number
        sessions = [
            StoredSession(each, users[each[0] * 195 + each[1] % 195], "taskrunner", "1.2.0", at, at, at,
                          on_ci=False, body=next(bodies))
            for each in ids
        ]  # fmt: skip
        used, wall = time.process_time(), time.monotonic()
        for low in range(0, _PORTION, _AT_ONCE):
            await asyncio.gather(*map(store.add, sessions[low : low + _AT_ONCE]))
        used, wall = time.process_time() - used, time.monotonic() - wall
        if start == 0 or (start + _PORTION) % (number // 10) == 0:
            each = 1e6 / _PORTION
            print(f"{start + _PORTION:9} {used * each:7.0f} {wall * each:8.0f}", flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {memory:.0f} MiB")


async def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--store", default="")
    given = parser.parse_args()
    folder = given.store or tempfile.mkdtemp()
    store = await open_raw(Settings(store=folder))
    try:
        await store_all(store, given.sessions)
    finally:
        await store.close()
        if not given.store:
            print(f"{_size(folder) / given.sessions:.0f} bytes of disk a session")
            shutil.rmtree(folder)


def _size(folder: str) -> int:
    return sum(path.stat().st_size for path in Path(folder).iterdir())


if __name__ == "__main__":
    asyncio.run(main())
