"""The collector under load, beside a handler that does nothing but store."""

import pytest

from tests.benchmarks.ingest import compare


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.timeout(600)
def test_load() -> None:
    """A session costs at most 1/0.6 of what it costs to store it unseen, and memory stays below 120 MiB."""
    rows = compare(seconds=5, rounds=3, connections=32)

    for store in ("sqlite", "postgres"):
        assert rows[store].of_bare >= 0.6
        assert rows[store].memory < 120
