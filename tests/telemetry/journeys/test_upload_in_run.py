"""From a yes to the collector: what is recorded, shown, sent, and found in the log is the same bytes."""

import gzip
import hashlib
import json
import re
import time

import pytest
from pytest_httpserver import HTTPServer

from tests.support.journey import Journey
from tests.telemetry.commands.peer import Collector
from tests.telemetry.journeys.person import DISABLED, NOBODY, UNDECIDED, end, settle, waiting
from tests.telemetry.upload.peers import Peer, silent

pytestmark = pytest.mark.engine

PATH = "/v1/sessions"
CONFIG = """\
containers:
  app: {image: 'taskrunner-test/busybox:1'}
tasks:
  hello: {run: {container: app, command: echo it-ran}}
  fail: {run: {container: app, command: sh -c 'echo it-ran; exit 7'}}
"""
ON_CI = {**UNDECIDED, "CI": "true", "TASKRUNNER_ENABLE_TELEMETRY": "true"}


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Write the project."""
    return journey.file("taskrunner.yml", CONFIG)


def received(server: HTTPServer) -> list[bytes]:
    """Return the bodies that the collector got, decompressed."""
    bodies = []
    for request, _ in server.log:
        assert ("PUT", PATH, "application/json") == (request.method, request.path, request.content_type)
        data = request.get_data()
        bodies.append(gzip.decompress(data) if request.headers.get("Content-Encoding") == "gzip" else data)
    return bodies


def test_one_session_from_the_yes_to_the_log(project: Journey, collector: Collector) -> None:
    """It is shown to the last byte before it goes, the next run sends it, and the log has the same."""
    collector.server.expect_request(PATH).respond_with_data(status=201)
    env = {**UNDECIDED, **collector.variables}
    child = project.terminal("run", "hello", env=env)
    child.expect_exact("(Y/n) ")
    child.sendline("")
    assert 0 == end(child)[0]
    settle(project)
    ((session_id, data),) = waiting(project).items()
    preview = project.run("telemetry", "preview", env=DISABLED)
    queued = project.run("telemetry", "queue", "show", session_id, env=DISABLED)
    sent_before = list(collector.server.log)

    second = project.run("run", "fail", env=env)
    settle(project)

    assert ([], 7, "it-ran") == (sent_before, second.exit_code, second.stdout.splitlines()[2])
    assert (data, data) == (preview.stdout_bytes, queued.stdout_bytes)
    explained = re.findall(r"^  (\w+)(?: = |, |: )", preview.stderr, re.MULTILINE)
    session = json.loads(data)
    steps = [span["type"] for span in session["spans"]]
    assert sorted([*session["attributes"], *steps]) == sorted(explained)
    # Where the machine gives the upload no time before the second run ends, it takes that one's record along.
    sent = received(collector.server)
    assert 1 == sent.count(data)
    shown = project.run("telemetry", "log", "show", session_id, env=DISABLED)
    lines = project.run("telemetry", "log", env=DISABLED).stdout.splitlines()
    (line,) = [line for line in lines if session_id in line]
    assert data == shown.stdout_bytes
    assert f"{session_id}  sha256:{hashlib.sha256(data).hexdigest()}" in line
    assert "stored (201)" in line
    assert len(sent) == len(lines)
    (later,) = {*sent, *waiting(project).values()} - {data}
    assert 7 == json.loads(later)["attributes"]["exitCode"]
    third = project.run("run", "hello", "--log-file", "run.log", env=env)
    told = f"The last upload of telemetry: {len(sent)} sent, 0 refused, 0 failed"
    assert told in (project.folder / "run.log").read_text()
    assert "upload" not in third.stdout + third.stderr
    settle(project)


def test_ci_has_sent_it_when_the_command_ends(project: Journey, collector: Collector) -> None:
    """The agent may be gone a moment later; its disk keeps no session."""
    collector.server.expect_request(PATH).respond_with_data(status=201)

    result = project.run("run", "fail", env={**ON_CI, **collector.variables})
    (data,) = received(collector.server)

    expected = {"onCi": True, "exitCode": 7}
    assert (7, True) == (result.exit_code, expected.items() <= json.loads(data)["attributes"].items())
    assert {} == waiting(project)
    (line,) = project.run("telemetry", "log", env=DISABLED).stdout.splitlines()
    assert hashlib.sha256(data).hexdigest() in line


def test_a_collector_that_never_answers_costs_ci_five_seconds(project: Journey) -> None:
    """Output and exit code are those of a run without, and the session is on the disk."""
    # The slower of two: what the engine takes varies by more than the half second that is left for it.
    env = {**ON_CI, "TASKRUNNER_TELEMETRY_URL": NOBODY}
    without = max((project.run("run", "fail", env=env) for _ in range(2)), key=lambda run: run.seconds)
    first = set(waiting(project))

    with Peer(silent) as peer:
        url = f"https://127.0.0.1:{peer.port}"
        stalled = project.run("run", "fail", env={**ON_CI, "TASKRUNNER_TELEMETRY_URL": url})

    assert (1, 7, 7) == (peer.connections, without.exit_code, stalled.exit_code)
    assert [_timeless(without.stdout), _timeless(without.stderr)] == [
        _timeless(stalled.stdout),
        _timeless(stalled.stderr),
    ]
    # Five seconds, and what starting processes varies by on a busy machine.
    assert stalled.seconds - without.seconds < 15
    (session_id,) = waiting(project).keys() - first
    assert 7 == json.loads(waiting(project)[session_id])["attributes"]["exitCode"]


def test_a_collector_that_never_answers_costs_a_person_nothing(project: Journey) -> None:
    """What waits is sent by a process that the command does not wait for."""
    project.run("run", "hello", env={**UNDECIDED, "TASKRUNNER_ENABLE_TELEMETRY": "true"})
    settle(project)

    with Peer(silent) as peer:
        env = {
            **UNDECIDED,
            "TASKRUNNER_ENABLE_TELEMETRY": "true",
            "TASKRUNNER_TELEMETRY_URL": f"https://127.0.0.1:{peer.port}",
        }
        result = project.run("run", "hello", env=env)
        ended = time.monotonic()
        while not peer.connections:
            assert time.monotonic() < ended + 20, "nothing was sent"
            time.sleep(0.05)
        still_there = project.run("telemetry", "queue", env=DISABLED).stdout.splitlines()
    settle(project)

    # The request has twenty seconds of its own; none of them is the command's.
    assert (0, True) == (result.exit_code, result.seconds < 15)
    assert 2 == len(still_there) == len(waiting(project))


def _timeless(text: str) -> str:
    return re.sub(r"[0-9.]+ ?m?s\b", "TIME", text)
