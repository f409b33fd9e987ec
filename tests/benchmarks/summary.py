"""Measures how long it takes to sum up a million sessions, and to show what came of it.

    python tests/benchmarks/summary.py [--sessions 1000000] [--store FOLDER | --postgres]

Sessions are made up as `example` makes them, and stored without being judged, by as many processes as there
are cores. A folder that is named is filled if it is empty, and kept: a further run need not do it again. Sums
are made anew each time. Then `serve` is started on them, and each page is asked for twice with many filters:
the first time it is made, the second time it was kept.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil

from taskrunner.usage_catalog import CATALOG
from telemetry.collector.ingest import wire
from telemetry.collector.ingest.instants import milliseconds
from telemetry.collector.population import population
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import StoredSession
from tests.support.postgres import cluster

_BATCH = 500
_PAGES = ("", "adoption", "environment", "performance", "crashes", "quality")
_WEEKS = (13, 26, 52)
_WHO = ("people", "agents", "ci")
_COLLECTOR = [sys.executable, "-m", "telemetry.collector"]


class Used(NamedTuple):
    """What a command took."""

    seconds: float
    processor: float
    """Seconds, of all its processes."""
    memory: float
    """MiB of its largest process, as it was seen."""


def _made(number: int, seed: int) -> Iterator[StoredSession]:
    for each in population(CATALOG, number, seed=seed, now=time.time()):
        session = wire.decode(each.body)
        yield StoredSession(
            bytes.fromhex(session.sessionId.replace("-", "")),
            bytes.fromhex(session.userId.replace("-", "")),
            session.applicationId,
            session.applicationVersion,
            each.received,
            milliseconds(session.sessionStartTime),
            milliseconds(session.sessionEndTime),
            on_ci=session.attributes.get("onCi") is True,
            body=each.body,
        )


async def _fill(place: str, number: int, seed: int) -> None:
    store = await open_raw(Settings(store=place))
    try:
        batch: list[StoredSession] = []
        for session in _made(number, seed):
            batch.append(session)
            if len(batch) == _BATCH:
                await asyncio.gather(*map(store.add, batch))
                batch = []
        await asyncio.gather(*map(store.add, batch))
    finally:
        await store.close()


def _fill_part(place: str, number: int, seed: int) -> None:
    asyncio.run(_fill(place, number, seed))


async def _held(place: str) -> int:
    store = await open_raw(Settings(store=place))
    try:
        return sum(day.sessions for day in await store.days())
    finally:
        await store.close()


def fill(place: str, number: int) -> int:
    """Fill a store if it is empty; return how many sessions are in it."""
    if not asyncio.run(_held(place)):
        processes = os.cpu_count() or 1
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            pool.starmap(_fill_part, [(place, number // processes, seed) for seed in range(processes)])
    return asyncio.run(_held(place))


def used(command: list[str]) -> Used:
    """Run a command and look at its processes while it runs."""
    largest = 0
    begin, before = time.monotonic(), os.times()
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):
                top = psutil.Process(process.pid)
                sizes = [each.memory_info().rss for each in (top, *top.children(recursive=True))]
                largest = max(largest, *sizes)
            time.sleep(0.1)
    assert process.returncode == 0
    after = os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return Used(time.monotonic() - begin, processor, largest / 2**20)


def pages(sums: str) -> tuple[float, list[float], list[float]]:
    """Return the seconds until `serve` is ready, and milliseconds for each page made and each page kept."""
    begin = time.monotonic()
    command = [*_COLLECTOR, "serve", "--port=0", "--role=dashboard", f"--aggregates={sums}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = json.loads(process.stderr.readline())
        ready = time.monotonic() - begin
        threading.Thread(target=process.stderr.read, daemon=True).start()
        try:
            with httpx.Client(base_url=told["address"], timeout=60) as client:
                addresses = [
                    f"/{page}?weeks={weeks}&who={who}" for page, weeks, who in product(_PAGES, _WEEKS, _WHO)
                ]
                first, second = ([_asked(client, each) for each in addresses] for _ in range(2))
        finally:
            process.terminate()
    return ready, first, second


def _asked(client: httpx.Client, address: str) -> float:
    begin = time.monotonic()
    client.get(address).raise_for_status()
    return (time.monotonic() - begin) * 1000


def measure(place: str, number: int, folder: Path) -> None:
    """Fill, sum up, show, and print what it took."""
    sums = str(folder / "sums")
    held = fill(place, number)
    print(f"{held} sessions, load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    spent = used([*_COLLECTOR, "summarise", f"--store={place}", f"--aggregates={sums}"])
    print(
        f"summarise: {spent.seconds:.1f} s, {spent.processor:.1f} s of processor time "
        f"({spent.processor / held * 1e6:.0f} µs a session), largest process {spent.memory:.0f} MiB",
        flush=True,
    )
    ready, first, second = pages(sums)
    print(f"serve: ready after {ready:.2f} s")
    for what, times in (("made", first), ("kept", second)):
        median, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"{len(times)} pages {what}: p50 {median:.1f} ms, p95 {high:.1f} ms, most {max(times):.1f} ms")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--store", default="")
    parser.add_argument("--postgres", action="store_true", help="in a PostgreSQL that is made for this")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place = given.store or str(folder / "raw")
        if given.postgres:
            place = stack.enter_context(cluster()).new_database()
        measure(place, given.sessions, folder)


if __name__ == "__main__":
    main()
