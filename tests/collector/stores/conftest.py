"""Stores to test, opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import RawStore
from tests.support.stores import Opened


@pytest.fixture
def opened(place: str) -> Opened:
    """Open the test's store, as often as it likes."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[RawStore]:
        store = await open_raw(Settings(store=place))
        try:
            yield store
        finally:
            await store.close()

    return opening
