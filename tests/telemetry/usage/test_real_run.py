"""A run on a real engine, recorded: every step that happened is there with its times, and no name is."""

import json
import os
import time
from pathlib import Path
from typing import Any, NoReturn

import pytest

from taskrunner.config.discovery import find_config
from taskrunner.config.loader import load
from taskrunner.config.variables import values
from taskrunner.engine.client import Client
from taskrunner.engine.endpoint import resolve
from taskrunner.execution.context import RunOptions
from taskrunner.execution.run import Surface, run_plan
from taskrunner.plan.make import PlanOptions, make_plan
from taskrunner.usage import Usage
from taskrunner.usage_catalog import CATALOG
from telemetry.record import faults
from telemetry.spool import Spool

CANARY = "canary7c31"


def record_of_a_run(folder: Path, config: str) -> tuple[int, dict[str, Any]]:
    """Run the task `main` of a config, recorded; return its exit code and the record."""
    (folder / "taskrunner.yml").write_text(config, encoding="utf-8")
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CI", "GITHUB", "BUILD"))
        },
        "TASKRUNNER_HOME": str(folder / "home"),
        "TASKRUNNER_ENABLE_TELEMETRY": "1",
        "TASKRUNNER_TELEMETRY_URL": "http://127.0.0.1:9",
    }
    usage = Usage(["run", "main"], environment)
    before = time.monotonic()
    project = load(find_config(None, str(folder)))
    usage.begin(project, (before, time.monotonic()))
    plan = make_plan(project, PlanOptions(task="main"), environment, values(project, {}, None))
    usage.planned(plan)
    client = Client(resolve(None, None, environment), None)
    usage.connected(client.ping(), client.endpoint)

    def leave(_commands: tuple[str, ...], _code: int) -> NoReturn:
        raise AssertionError

    code = run_plan(
        client,
        plan,
        RunOptions(),
        Surface(usage.listeners(), crash=usage.crashed, on_interrupt=lambda: None, leave=leave),
    )
    client.close()
    usage.finish(code)
    spool = Spool(str(folder / "home" / "telemetry"))
    (entry,) = spool.pending()
    data = spool.read(entry)
    assert data is not None
    assert CANARY.encode() not in data
    record = json.loads(data)
    assert () == faults(CATALOG, record)
    return code, record


@pytest.mark.engine
def test_every_step_is_recorded(tmp_path: Path, busybox: str) -> None:
    """A run with prerequisite, dependency, health check and set-up command has a span for each step."""
    config = f"""
project_name: {CANARY}
containers:
  {CANARY}-server:
    image: {busybox}
    stop_grace_period: 10s
    command: sh -c 'trap exit TERM; while true; do sleep 0.1; done'
    health_check: {{command: "true", interval: 100ms, retries: 50}}
    setup_commands: [{{command: "true"}}]
  {CANARY}: {{image: {busybox}}}
tasks:
  before: {{run: {{container: {CANARY}, command: "true"}}}}
  main:
    prerequisites: [before]
    dependencies: [{CANARY}-server]
    run: {{container: {CANARY}, command: sh -c 'exit 3'}}
"""

    code, record = record_of_a_run(tmp_path, config)

    kinds = [span["type"] for span in record["spans"]]
    told = {span["type"]: span["attributes"] for span in record["spans"]}
    assert {span.name for span in CATALOG.spans} - {"BuildImage"} == set(kinds)
    assert (2, 3, 3) == tuple(kinds.count(kind) for kind in ("RunTask", "StartContainer", "RunContainer"))
    assert {"containers": "2", "prerequisitesOnly": False, "failed": True} == told["RunTask"]
    expected = {"exitCode": 3, "prerequisiteCount": "1", "engineKind": "docker", "containerType": "linux"}
    assert (3, True) == (code, expected.items() <= record["attributes"].items())
    assert "dockerVersion" in record["attributes"]


@pytest.mark.engine
def test_a_failure_is_recorded(tmp_path: Path, busybox: str) -> None:
    """A run that fails half-way has the kind of its failure, and the spans up to there."""
    config = f"""
project_name: {CANARY}
containers:
  {CANARY}: {{image: {busybox}}}
tasks:
  main: {{run: {{container: {CANARY}, command: /no/{CANARY}}}}}
"""

    code, record = record_of_a_run(tmp_path, config)

    assert 127 == code
    assert [{"failure": "ContainerStartFailed"}] == [event["attributes"] for event in record["events"]]
    starts = [span for span in record["spans"] if span["type"] == "StartContainer"]
    assert [True] == [span["attributes"]["failed"] for span in starts]
