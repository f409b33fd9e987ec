"""What `PUT /v1/sessions` answers, over a real connection."""

import gzip
import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from taskrunner.usage_catalog import CATALOG
from telemetry.clock import SYSTEM, rfc3339
from telemetry.session import Session
from tests.support.catalogs import a_catalog
from tests.support.collector import Collector, a_session, collecting, put_catalog

_SECRET = "s3cr3t-Müller/home/alice"
_DAY = 24 * 3600.0


def _when(seconds: float) -> dict[str, str]:
    """Return times of a session that lies so many seconds from now."""
    at = rfc3339(SYSTEM.wall() + seconds)
    return {"sessionStartTime": at, "sessionEndTime": at}


def _faults(answer: Any) -> set[tuple[str, str]]:
    return {(fault["key"], fault["type"]) for fault in answer.json["validationErrors"]}


def test_stored_then_known(collector: Collector) -> None:
    """A session is stored at first (201, nothing in the body), and known when it comes again (304)."""
    session = a_session()

    first, second = collector.put(session), collector.put(session)

    assert (first.status, first.body) == (201, b"")
    assert (second.status, second.body) == (304, b"")


def test_gzipped(collector: Collector) -> None:
    """A session may come as gzip, the format that the client uses for all but the smallest."""
    assert collector.put(a_session(), gzipped=True).status == 201


def test_real_client_session(collector: Collector) -> None:
    """A session of taskrunner itself is taken: its catalogue is found where it is installed."""
    session = Session(
        CATALOG,
        application_version="0.1.0",
        user_id=str(uuid.uuid4()),
        session_id=str(uuid.uuid4()),
        clock=SYSTEM,
    )
    session.attribute("onCi", value=True)

    assert collector.put(session.to_bytes()).status == 201


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"applicationId": "nobody-knows"}, ("applicationId", "unknown")),
        ({"sessionId": "12345"}, ("sessionId", "invalid")),
        ({"userId": str(uuid.uuid1())}, ("userId", "invalid")),
        ({"userId": str(uuid.uuid4()).upper()}, ("userId", "invalid")),
        ({"applicationVersion": "1.2-" + _SECRET}, ("applicationVersion", "invalid")),
        ({"sessionStartTime": "yesterday"}, ("sessionStartTime", "invalid")),
        ({"sessionStartTime": "2026-02-30T00:00:00Z"}, ("sessionStartTime", "invalid")),
        ({"sessionEndTime": "2026-01-01T00:00:00+00:00"}, ("sessionEndTime", "invalid")),
        (_when(-41 * _DAY), ("sessionStartTime", "invalid")),
        (_when(+2 * _DAY), ("sessionEndTime", "invalid")),
        ({"more": _SECRET}, ("", "unknown")),
        ({"attributes": {"name": _SECRET}}, ("attributes", "unknown")),
        ({"attributes": {"enumField": _SECRET}}, ("attributes.enumField", "invalid")),
        ({"attributes": {"enumField": 1}}, ("attributes.enumField", "invalid")),
        ({"attributes": {"flagField": 1}}, ("attributes.flagField", "invalid")),
        ({"attributes": {"countField": 1.5}}, ("attributes.countField", "invalid")),
        ({"attributes": {"countField": -1}}, ("attributes.countField", "invalid")),
        ({"attributes": {"countField": 10**30}}, ("attributes.countField", "invalid")),
        ({"attributes": {"countField": True}}, ("attributes.countField", "invalid")),
        ({"attributes": {"enumField": {"a": {}}}}, ("attributes.enumField", "invalid")),
        ({"attributes": {"enumField": "red\x00"}}, ("attributes.enumField", "invalid")),
        ({"attributes": [_SECRET]}, ("attributes", "invalid")),
        ({"events": {}}, ("events", "invalid")),
        ({"events": [{"type": "Happened", "time": "now", "attributes": {}}]}, ("events.0.time", "invalid")),
        ({"events": [a_session()["events"][0]] * 101}, ("events", "invalid")),
        ({"spans": [{**a_session()["spans"][0], "type": _SECRET}]}, ("spans.0.type", "unknown")),
        ({"spans": [{**a_session()["spans"][0], "x": 1}]}, ("spans.0", "unknown")),
        ({"spans": [_SECRET]}, ("spans.0.type", "missing")),
    ],
)
def test_refused(collector: Collector, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    """What catalogue or format do not have is refused (400), told by its place, never by its value."""
    answer = collector.put(a_session(**changes))

    assert answer.status == 400
    assert fault in _faults(answer)
    assert set(answer.json) == {"message", "validationErrors"}
    assert not any(word in answer.body.decode() for word in ("s3cr3t", "ller", "alice", "nobody-knows"))


def test_missing_keys(collector: Collector) -> None:
    """Each key of the format has to be there."""
    session = a_session()
    for key in ("sessionId", "events", "attributes", "sessionEndTime"):
        without = {name: value for name, value in session.items() if name != key}
        assert (key, "missing") in _faults(collector.put(without))


def test_end_before_start(collector: Collector) -> None:
    """A session or a span that ends before it starts is refused, also by a digit that one of them lacks."""
    early = rfc3339(SYSTEM.wall() - 1)
    late = early.replace("Z", "1Z")
    swapped = a_session(sessionStartTime=late, sessionEndTime=early, events=[], spans=[])

    assert ("sessionEndTime", "invalid") in _faults(collector.put(swapped))
    assert collector.put({**swapped, "sessionStartTime": early, "sessionEndTime": late}).status == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'"text"',
        b"{}",
        b"\xff\xfe",
        b"NaN",
        b"[" * 30000,
        b'{"a":' * 12000,
        json.dumps(a_session()).encode() + b"{}",
        json.dumps(a_session()).replace('"red"', "NaN").encode(),
        json.dumps(a_session()).replace('"red"', "1e400").encode(),
        json.dumps(a_session()).replace('"red"', '"\\ud800"').encode(),
        json.dumps(a_session()).replace('"red"', '"red\\u0000"').encode(),
        json.dumps(a_session()).replace('"red"', '"r\xe9d"').encode("latin-1"),
        b"\xef\xbb\xbf" + json.dumps(a_session()).encode(),
    ],
)
def test_no_session_at_all(collector: Collector, body: bytes) -> None:
    """What is no JSON, or none of this format, is refused with an answer in the usual form."""
    answer = collector.put(body)

    assert answer.status == 400
    assert answer.json["validationErrors"]


@pytest.mark.parametrize("key", ["enumField", "attributes", "sessionId", "type"])
def test_key_twice(collector: Collector, key: str) -> None:
    """A key that is there twice is refused: readers differ in which of the two they believe."""
    text = json.dumps(a_session())
    at = text.index(f'"{key}"')
    value = {"enumField": '"green"', "attributes": "{}", "sessionId": '"x"', "type": '"Rest"'}[key]

    answer = collector.put((text[:at] + f'"{key}": {value}, ' + text[at:]).encode())

    assert answer.status == 400
    assert ("", "duplicate") in _faults(answer)


def test_too_large(collector: Collector) -> None:
    """More than 64 KiB is refused (413), as it stands or unpacked, announced or in chunks."""
    large = json.dumps(a_session()).encode() + b" " * 65536
    bomb = gzip.compress(b" " * 50_000_000)
    incompressible = b"x" * 33_000

    assert collector.put(large).status == 413
    assert collector.put(large, gzipped=True).status == 413
    assert collector.put(bomb, Content_Encoding="gzip").status == 413
    assert collector.put(incompressible, Content_Encoding="gzip").status == 413
    assert collector.put(json.dumps(a_session()).encode() + b" " * 30_000).status == 201


def test_broken_gzip(collector: Collector) -> None:
    """Bytes that are no gzip, cut off, or followed by more are refused."""
    packed = gzip.compress(json.dumps(a_session()).encode())

    for body in (b"{}", packed[:-4], packed + b"x", packed + packed):
        assert collector.put(body, Content_Encoding="gzip").status == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": ""}, 415),
        ({"Content_Type": "application/json; charset=latin-1"}, 415),
        ({"Content_Type": "Application/JSON; charset=UTF-8"}, 201),
        ({"Content_Encoding": "br"}, 415),
        ({"Content_Encoding": "gzip, gzip"}, 415),
        ({"Content_Encoding": "identity"}, 201),
    ],
)
def test_media_types(collector: Collector, headers: dict[str, str], status: int) -> None:
    """JSON is taken, as it stands or as gzip; for anything else the answer is 415."""
    assert collector.put(a_session(), **headers).status == status


def test_method_and_path(collector: Collector) -> None:
    """Other methods get 405 with the right one, other paths 404 and no redirect."""
    wrong = collector.request("POST", "/v1/sessions", b"{}")
    assert (wrong.status, wrong.headers["allow"]) == (405, "PUT")
    for path in ("/v1/sessions/", "/v1/sessions/x", "/v1/../v1/sessions", "//v1/sessions", "/v1%2fsessions/"):
        assert collector.request("PUT", path, b"{}").status == 404


def test_newer_catalogue_waits(tmp_path: Path) -> None:
    """A release with a newer catalogue is asked to come again (503), until its catalogue is handed over."""
    newer = a_session()
    newer["attributes"] = {**newer["attributes"], "catalogVersion": 2, "consentedVersion": 2}
    with collecting(tmp_path) as collector:
        answer = collector.put(newer)
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) >= 60
        put_catalog(tmp_path / "catalogues", a_catalog(version=2).to_json(), "second.json")
        end = time.monotonic() + 60
        while (status := collector.put(newer).status) == 503 and time.monotonic() < end:
            time.sleep(0.2)
        assert status == 201
        assert collector.put(a_session()).status == 201


def test_level_and_consent_are_enforced(collector: Collector) -> None:
    """A session holds nothing beyond the level and the catalogue version that it says were agreed to."""
    basic = a_session()
    basic["attributes"] = {**basic["attributes"], "telemetryLevel": "basic"}

    answer = collector.put(basic)

    assert answer.status == 400
    assert ("events.0.type", "unknown") in _faults(answer)
    assert collector.put({**basic, "events": [], "spans": []}).status == 201


def test_retired(tmp_path: Path) -> None:
    """At the end of the service the answer to all is 410, which switches clients off."""
    with collecting(tmp_path, "--retired") as collector:
        assert collector.put(a_session()).status == 410
        assert collector.get("/ping").status == 200
