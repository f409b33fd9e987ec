"""A collector for tests that need one with nothing special about it, and databases."""

from collections.abc import Iterator

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
