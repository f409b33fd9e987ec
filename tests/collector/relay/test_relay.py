"""A relay between clients and a collector: what stays inside, what leaves, and what a wish deletes."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from telemetry.identity import user_id
from tests.support.collector import Collector, a_session, collecting

SECRET = "5" * 64


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Collector]:
    """Give the collector outside."""
    with collecting(tmp_path / "outside", "--rate-address", "0") as started:
        yield started


@contextmanager
def _relaying(tmp_path: Path, upstream: Collector, *arguments: str) -> Iterator[Collector]:
    """Give a relay to a collector."""
    given = ("--upstream", f"http://127.0.0.1:{upstream.port}", *arguments)
    with collecting(tmp_path / "inside", *given, verb="relay") as started:
        yield started


def _verb(tmp_path: Path, *arguments: str) -> str:
    command = [
        sys.executable,
        "-m",
        "telemetry.collector",
        "relay",
        "--store",
        str(tmp_path / "inside" / "store"),
    ]
    done = subprocess.run([*command, *arguments], capture_output=True, timeout=120, check=True)
    return done.stdout.decode()


def _until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, "it did not happen within a minute"
        time.sleep(0.1)


def _of(collector: Collector, secret: str) -> list[dict[str, Any]]:
    body = json.dumps({"applicationId": "test-app", "secret": secret}).encode()
    answer = collector.request("POST", "/v1/me", body, {"Content-Type": "application/json"})
    assert answer.status == 200
    found: list[dict[str, Any]] = answer.json["sessions"]
    return [each["session"] for each in found]


def _upstream_of(collector: Collector) -> list[dict[str, Any]]:
    """Return what the collector outside has of the person, asked through the relay."""
    body = json.dumps({"applicationId": "test-app", "secret": SECRET}).encode()
    answer = collector.request("POST", "/v1/me", body, {"Content-Type": "application/json"})
    assert answer.status == 200, answer
    return [each["session"] for part in answer.json["upstream"] for each in part["sessions"]]


def _person(**changes: Any) -> dict[str, Any]:
    session = a_session(userId=user_id(SECRET, "full", time.time()), **changes)
    session["attributes"]["telemetryLevel"] = "full"
    return session


def _stored(collector: Collector) -> float:
    return collector.metric('collector_sessions_total{answer="stored"}')


def test_kept_and_handed_on(tmp_path: Path, upstream: Collector) -> None:
    """A session is stored inside as it came, and outside under another id, without what may not leave."""
    with _relaying(tmp_path, upstream, "--drop", "enumField", "--drop", "Happened") as relay:
        session = _person()
        assert relay.put(session).status == 201
        _until(lambda: _stored(upstream) == 1)

        assert _of(relay, SECRET) == [session]
        assert _of(upstream, SECRET) == []
        (outside,) = _upstream_of(relay)
        assert outside["sessionId"] == session["sessionId"]
        assert outside["userId"] != session["userId"]
        assert "enumField" not in outside["attributes"]
        assert outside["attributes"]["durationField"] == 1500
        assert outside["events"] == []
        assert len(outside["spans"]) == len(session["spans"])


def test_lower_level(tmp_path: Path, upstream: Collector) -> None:
    """With a level, what leaves says so and holds nothing above it."""
    with _relaying(tmp_path, upstream, "--level", "basic") as relay:
        assert relay.put(_person()).status == 201
        _until(lambda: _stored(upstream) == 1)

        (outside,) = _upstream_of(relay)
        assert outside["attributes"]["telemetryLevel"] == "basic"
        assert outside["events"] == []
        assert outside["spans"] == []


def test_nothing_leaves(tmp_path: Path, upstream: Collector) -> None:
    """With the level none everything stays inside, and so do development versions without an upstream."""
    with _relaying(tmp_path, upstream, "--level", "none") as relay:
        assert relay.put(_person()).status == 201
    with _relaying(tmp_path, upstream) as relay:
        assert relay.put(_person(applicationVersion="1.2.3.dev1")).status == 201
        time.sleep(2)

        assert _stored(upstream) == 0
        assert len(_of(relay, SECRET)) == 2


def test_forgotten(tmp_path: Path, upstream: Collector) -> None:
    """A wish to be forgotten, made inside, deletes inside and outside."""
    with _relaying(tmp_path, upstream) as relay:
        assert relay.put(_person()).status == 201
        _until(lambda: _stored(upstream) == 1)
        assert len(_upstream_of(relay)) == 1

        body = json.dumps({"applicationId": "test-app", "secret": SECRET}).encode()
        answer = relay.request("POST", "/v1/me/delete", body, {"Content-Type": "application/json"})

        assert answer.status == 200
        assert answer.json["deletedSessions"] == 1
        assert [each["deletedSessions"] for each in answer.json["upstream"]] == [1]
        assert upstream.metric("collector_forgotten_sessions_total") == 1
        assert _of(relay, SECRET) == []


def test_paused_and_inspected(tmp_path: Path, upstream: Collector) -> None:
    """While it is paused sessions are taken and wait, and can be seen byte for byte as they will leave."""
    with _relaying(tmp_path, upstream) as relay:
        assert "paused" in _verb(tmp_path, "--pause")
        assert relay.put(_person()).status == 201
        time.sleep(2)
        assert _stored(upstream) == 0
        assert "1 sessions wait" in _verb(tmp_path, "--status")
        shown = _verb(tmp_path, "--show", "5").splitlines()

        assert "as they come" in _verb(tmp_path, "--resume")
        _until(lambda: _stored(upstream) == 1)
        assert [json.loads(line) for line in shown] == _upstream_of(relay)
        assert "0 sessions wait" in _verb(tmp_path, "--status")


def test_survives(tmp_path: Path, upstream: Collector) -> None:
    """What waits is sent after the relay was killed and the other side was away."""
    port = upstream.port
    upstream.stop()
    with _relaying(tmp_path, upstream) as relay:
        assert relay.put(_person()).status == 201
        relay.stop(9)
    with collecting(tmp_path / "outside", "--port", str(port)) as back, _relaying(tmp_path, back):
        _until(lambda: _stored(back) == 1)


def test_bad_upstream(tmp_path: Path) -> None:
    """An address that is not encrypted is refused with one sentence."""
    command = [sys.executable, "-m", "telemetry.collector", "relay", "--store", str(tmp_path)]
    done = subprocess.run(
        [*command, "--upstream", f"http://{uuid.uuid4().hex}.example/"],
        capture_output=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 2
    assert b"relay.bad-upstream" in done.stderr
    assert b"Traceback" not in done.stderr
