"""The first steps of somebody who runs a collector, as the page shows them."""

import json
import os
import shlex
import time
from pathlib import Path

from tests.support.collector import a_session, collecting
from tests.support.journey import Journey, program
from tests.support.pages import commands
from tests.support.postgres import Cluster
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
    """A collector reads the two files of a release, and takes a session of it."""
    *before, serve = commands(PAGE, "mkdir catalogues").splitlines()
    assert "taskrunner-collector serve --catalog catalogues" == serve
    made = shell(journey, "\n".join([*before, "taskrunner telemetry preview 2>/dev/null"])).stdout

    catalogues = journey.folder / "catalogues"
    with collecting(tmp_path / "collector", "--catalog", str(catalogues)) as collector:
        assert 2 == len(list(catalogues.iterdir()))
        assert collector.put(json.loads(made)).status == 201
        assert "catalogue-unusable" not in {line["event"] for line in collector.logged()}


def test_sums_on_another_host(tmp_path: Path, postgres: Cluster) -> None:
    """One process takes sessions, another shows the sums, and neither does the other's work."""
    page = commands("operate/dashboard.md", "--role ingest")
    page = page.replace("postgresql://sums.example/telemetry", shlex.quote(postgres.new_database()))
    ingest, dashboard = (shlex.split(line)[2:] for line in page.replace("8485", "0").splitlines())

    with collecting(tmp_path / "one", *ingest) as one, collecting(tmp_path / "two", *dashboard) as two:
        assert (201, 200) == (one.put(a_session()).status, two.get("/").status)
        assert (404, 404) == (one.get("/").status, two.put(a_session()).status)
