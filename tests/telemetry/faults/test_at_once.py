"""Many commands that end at the same moment: each is recorded once, and arrives once."""

import gzip
import json
import os
import subprocess
from collections import Counter

from tests.support.journey import program
from tests.telemetry.commands.peer import Collector
from tests.telemetry.faults.conftest import Beside
from tests.telemetry.journeys.person import DISABLED, settle

NUMBER = 50


def test_fifty_at_once(beside: Beside, collector: Collector) -> None:
    """Output and exit code are the usual; no session is lost, sent twice, or left half-written."""
    collector.server.expect_request("/v1/sessions").respond_with_data(status=201)
    usual = beside.run(("list",), DISABLED)
    env = beside.journey.variables(collector.variables)
    running = [
        subprocess.Popen(
            [program(), "list"],
            cwd=beside.journey.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(NUMBER)
    ]
    ended = [(*each.communicate(timeout=120), each.returncode) for each in running]
    settle(beside.journey, timeout=120)

    assert [(usual.stdout, usual.stderr, 0)] * NUMBER == ended
    assert "0 failed" in beside.run(("telemetry", "submit"), collector.variables).stdout
    arrived = Counter(_session(request.get_data()) for request, _ in collector.server.log)
    assert NUMBER == len(arrived)
    assert {1} == set(arrived.values())
    assert [] == os.listdir(beside.folder / "spool")
    assert not [name for name in os.listdir(beside.folder) if name.startswith((".", "quarantine"))]
    beside.show(f"{NUMBER} commands that end at once", "list", "each arrived once")


def _session(body: bytes) -> str:
    text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    session: str = json.loads(text)["sessionId"]
    return session
