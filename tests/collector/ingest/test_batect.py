"""Sessions of batect's own clients: let in where the operator says so, and cleaned of their free texts."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telemetry.clock import SYSTEM, rfc3339
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from tests.support.collector import Collector, collecting


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the collector."""
    return tmp_path_factory.mktemp("batect")


@pytest.fixture(scope="module")
def batect(folder: Path) -> Iterator[Collector]:
    """Give a collector that takes batect's sessions."""
    with collecting(folder, "--batect") as started:
        yield started


def a_batect_session(**changes: Any) -> dict[str, Any]:
    """Return a session as batect 0.84 sends it, with all its attributes."""
    at = rfc3339(SYSTEM.wall() - 5).replace("Z", "123456Z")
    attributes: dict[str, Any] = {
        "commandType": "RunTaskCommand", "usingNonDefaultConfigurationFileName": False,
        "usingConfigVariablesFile": True, "requestedOutputStyle": None, "colorOutputDisabled": False,
        "updateNotificationsDisabled": False, "wrapperCacheCleanupDisabled": False,
        "cleanupAfterSuccessDisabled": False, "cleanupAfterFailureDisabled": False,
        "proxyEnvironmentVariablePropagationDisabled": False, "additionalTaskCommandArgumentCount": 0,
        "commandLineConfigVariableOverrideCount": 1, "commandLineImageOverrideCount": 0,
        "usingExistingDockerNetwork": False, "skippingPrerequisites": False,
        "maximumLevelOfParallelism": None,
        "terminal": "xterm-alice", "shell": "zsh", "stdinIsTTY": True, "stdoutIsTTY": True,
        "consoleSupportsInteractivity": True, "osName": "Linux", "osArchitecture": "amd64",
        "osVersion": "5.15.0-1041-alices-kernel", "osDetails": "Alice's Linux 9",
        "jvmVendor": "Azul Systems, Inc.",
        "jvmName": "OpenJDK 64-Bit Server VM", "jvmVersion": "17.0.4+8", "jvmStartTime": at,
        "gitVersion": "2.39.1", "wrapperDidDownload": None, "suspectRunningOnCI": False,
        "suspectedCISystem": None,
        "exitCode": 0, "totalTasksToExecute": 2, "dockerBuilderVersionInUse": "BuildKit",
        "dockerContainerType": "Linux", "dockerDaemonPreferredBuilderVersion": "BuildKit",
        "dockerDaemonExperimentalFeaturesEnabled": False, "dockerVersion": "20.10.21", "cacheType": "Volume",
    }  # fmt: skip
    counts = {
        "containerCount": 3,
        "taskCount": 9,
        "configVariableCount": 1,
        "fileIncludeCount": 0,
        "gitIncludeCount": 1,
    }
    return {
        "sessionId": str(uuid.uuid4()),
        "userId": str(uuid.uuid4()),
        "sessionStartTime": at,
        "sessionEndTime": at,
        "applicationId": "batect",
        "applicationVersion": "0.84.0",
        "attributes": attributes,
        "events": [
            {
                "type": "UnhandledException",
                "time": at,
                "attributes": {
                    "exception": "java.io.IOException\nat alice.Main.run(Main.kt:3)",
                    "exceptionCaughtAt": "batect.Application.run",
                    "isUserFacingException": True,
                },
            },
            {"type": "AlicesEvent", "time": at, "attributes": {}},
        ],
        "spans": [
            {"type": "LoadConfiguration", "startTime": at, "endTime": at, "attributes": counts},
            {"type": "RunTask", "startTime": at, "endTime": at, "attributes": {"containersInTask": 2}},
        ],
        **changes,
    }


def _stored(folder: Path, session_id: str) -> dict[str, Any]:
    async def read() -> dict[str, Any]:
        store = await open_raw(Settings(store=str(folder / "store")))
        try:
            found: list[dict[str, Any]] = [
                json.loads(each.body)
                for day in await store.days()
                async for batch in store.sessions(day.day)
                for each in batch
                if each.session_id == uuid.UUID(session_id).bytes
            ]
        finally:
            await store.close()
        return found[0]

    return asyncio.run(read())


def test_cleaned(batect: Collector, folder: Path) -> None:
    """A real session is taken with its numbers and well-known words; its free texts are in no file."""
    session = a_batect_session()

    assert batect.put(session).status == 201
    assert batect.put(session).status == 304

    stored = _stored(folder, session["sessionId"])
    attributes = stored["attributes"]
    assert set(session["attributes"]) - set(attributes) == {"osDetails"}
    assert (attributes["terminal"], attributes["jvmVendor"]) == ("other", "other")
    assert (attributes["osVersion"], attributes["jvmVersion"]) == ("5.15.0", "17.0.4")
    assert [event["attributes"] for event in stored["events"]] == [{"isUserFacingException": True}]
    assert stored["spans"] == session["spans"]
    assert not any(b"lice" in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_still_judged(batect: Collector) -> None:
    """What is wrong with its form is refused as with any other session."""
    assert batect.put(a_batect_session(userId="alice")).status == 400
    assert batect.put(a_batect_session(more=1)).status == 400
    assert batect.put(a_batect_session(applicationVersion="alice")).status == 400


def test_not_by_default(collector: Collector) -> None:
    """Unless the operator says so, batect is an application like any other that is not known."""
    assert collector.put(a_batect_session()).status == 400
