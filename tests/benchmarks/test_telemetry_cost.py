"""What telemetry costs, printed in every run of the tests; `telemetry_cost.py` measures by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.telemetry_cost import figures


@pytest.mark.engine
@pytest.mark.alone
@pytest.mark.usefixtures("busybox")
def test_what_telemetry_costs(tmp_path: Path, show: Callable[[str, str], None]) -> None:
    """Each command ends well with telemetry off, on, and on with a collector that never answers."""
    table = figures(tmp_path, rounds=7)
    show("What telemetry costs (7 rounds; goal: 3 ms more on run, 5 ms elsewhere, 2 MiB)", table)

    assert 2 + 6 == len(table.splitlines())
