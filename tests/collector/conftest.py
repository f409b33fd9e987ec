"""A collector for tests that need one with nothing special about it."""

from collections.abc import Iterator

import pytest

from tests.support.collector import Collector, collecting


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Give a collector on SQLite without limits of rate, shared by a module's tests."""
    folder = tmp_path_factory.mktemp("collector")
    with collecting(folder, "--rate-address", "0", "--rate-user", "0") as started:
        yield started
