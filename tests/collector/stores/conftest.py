"""Stores to test: each test that asks for one runs with every kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import RawStore
from tests.support.stores import Opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with a store of the test's own."""
    return Settings(store=str(tmp_path / "store"))


@pytest.fixture
def opened(settings: Settings) -> Opened:
    """Open the test's store, as often as it likes."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[RawStore]:
        store = await open_raw(settings)
        try:
            yield store
        finally:
            await store.close()

    return opening
