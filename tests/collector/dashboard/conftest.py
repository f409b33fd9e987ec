"""A dashboard with something to show, and a browser to look at it."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from taskrunner.usage_catalog import CATALOG
from telemetry.collector.aggregates import open_aggregates
from telemetry.collector.catalogues import Catalogues
from telemetry.collector.ingest.judge import Judge
from telemetry.collector.population import population
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import StoredSession
from telemetry.collector.summary.job import Stores, summarise
from telemetry.collector.summary.processes import scanner
from tests.support.browser import browsing
from tests.support.collector import Collector, collecting

SESSIONS = 4000


@pytest.fixture(scope="session")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with published sums of a made-up population."""
    folder = tmp_path_factory.mktemp("sums")
    # The browser has the loop of this thread.
    with ThreadPoolExecutor(1) as other:
        other.submit(asyncio.run, _fill(Settings(store=str(folder)))).result()
    (folder / "sessions.db").unlink()
    return folder


@pytest.fixture(scope="session")
def dashboard(sums: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Give a collector that shows those sums and does nothing else."""
    folder = tmp_path_factory.mktemp("dashboard")
    with collecting(folder, "--role", "dashboard", "--aggregates", str(sums)) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser, for one module: while it is there, no other test of this process can have a loop."""
    with browsing() as started:
        yield started


async def _fill(settings: Settings) -> None:
    raw, store = await open_raw(settings), await open_aggregates(settings)
    judge = Judge(Catalogues())
    now = time.time()
    try:
        sessions = []
        for made in population(CATALOG, SESSIONS, seed=7, now=now):
            verdict = judge.judge(made.body, made.received)
            assert isinstance(verdict, StoredSession)
            sessions.append(verdict)
        await asyncio.gather(*map(raw.add, sessions))
        await summarise(Stores(raw, store), CATALOG, scanner(settings, 0), now=now)
    finally:
        await raw.close()
        await store.close()
