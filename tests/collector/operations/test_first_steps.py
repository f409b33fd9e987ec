"""The first steps of somebody who runs a collector, as the page shows them."""

import json
import os
import time
from pathlib import Path

from tests.support.collector import collecting
from tests.support.journey import Journey, program
from tests.support.pages import commands
from tests.support.running import Result

PAGE = "operate/getting-started.md"
STORED = 'collector_sessions_total{answer="stored"}'
SECONDS = 60.0


def shell(journey: Journey, text: str) -> Result:
    """Run what the page shows, with the programs on the path."""
    path = f"{os.path.dirname(program())}:{journey.environment['PATH']}"
    result = journey.run(
        "-ec", text, command="/bin/sh", env={"PATH": path, "TASKRUNNER_DISABLE_TELEMETRY": None}
    )
    assert result.exit_code == 0, result.stderr
    return result


def test_a_real_session_arrives(journey: Journey, tmp_path: Path) -> None:
    """Who says yes and runs a command finds it counted at the collector."""
    journey.file("taskrunner.yml", "project_name: p\ncontainers: {}\ntasks: {}\n")
    with collecting(tmp_path / "collector") as collector:
        there = f"127.0.0.1:{collector.port}"
        shell(journey, commands(PAGE, "telemetry submit").replace("127.0.0.1:8484", there))

        # What a short command does is written by a process that outlives it.
        deadline = time.monotonic() + SECONDS
        while collector.metric(STORED) < 1 and time.monotonic() < deadline:
            again = f"export TASKRUNNER_TELEMETRY_URL=http://{there}; taskrunner telemetry submit"
            shell(journey, again)
            time.sleep(0.2)
        assert collector.metric(STORED) >= 1


def test_a_release_is_handed_over(journey: Journey, tmp_path: Path) -> None:
    """Two files of a release let a collector take its sessions."""
    *before, serve = commands(PAGE, "mkdir catalogues").splitlines()
    assert "taskrunner-collector serve --catalog catalogues" == serve
    made = shell(journey, "\n".join([*before, "taskrunner telemetry example"])).stdout

    with collecting(tmp_path / "collector", "--catalog", str(journey.folder / "catalogues")) as collector:
        assert collector.put(json.loads(made)).status == 201
