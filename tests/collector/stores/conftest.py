"""Stores to test: each test that asks for one runs with every kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import RawStore
from tests.support.stores import Opened


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the place of a store of the test's own."""
    if request.param == "sqlite":
        return str(tmp_path / "store")
    address: str = request.getfixturevalue("postgres").new_database()
    return address


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
