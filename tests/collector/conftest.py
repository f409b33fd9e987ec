"""A collector for tests that need one with nothing special about it, and stores of every kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.collector import Collector, collecting
from tests.support.postgres import Cluster, cluster


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Give a collector on SQLite without limits of rate, shared by a module's tests."""
    folder = tmp_path_factory.mktemp("collector")
    with collecting(folder, "--rate-address", "0", "--rate-user", "0") as started:
        yield started


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Give a PostgreSQL cluster, shared by all tests of a process."""
    with cluster() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the place of a store of the test's own: each test that asks for one runs with both kinds."""
    if request.param == "sqlite":
        return str(tmp_path / "store")
    address: str = request.getfixturevalue("postgres").new_database()
    return address
