"""People's rights: what somebody sent is shown and deleted for whoever holds the secret, and for no other."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from telemetry.collector import transfer
from telemetry.collector.rights import ids_of
from telemetry.identity import user_id
from telemetry.state import StoredAnswer, load
from tests.support.collector import Answer, Collector, a_session, collecting
from tests.support.journey import Journey
from tests.support.verbs import collector_verb

_SECRET = "5ec7e7" * 10 + "abcd"
_OTHER = "0" * 64
_DAY = 24 * 3600


def _ask(collector: Collector, path: str, secret: str = _SECRET, application: str = "test-app") -> Answer:
    body = json.dumps({"applicationId": application, "secret": secret}).encode()
    return collector.request("POST", path, body, {"Content-Type": "application/json"})


def _sent(collector: Collector, secret: str, level: str) -> dict[str, Any]:
    session = a_session(userId=user_id(secret, level, time.time()))
    assert collector.put(session).status == 201
    return session


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Collector]:
    """Give a collector on either store."""
    where = (
        () if request.param == "sqlite" else ("--store", request.getfixturevalue("postgres").new_database())
    )
    with collecting(tmp_path, *where) as started:
        yield started


def test_own_data_then_deleted(kept: Collector) -> None:
    """All that a secret's ids sent, of every level, is shown; then deleted with a receipt; others' stays."""
    mine = [_sent(kept, _SECRET, level) for level in ("basic", "middle", "full")]
    theirs = _sent(kept, _OTHER, "full")

    shown = _ask(kept, "/v1/me")
    assert shown.status == 200
    assert sorted(each["session"]["sessionId"] for each in shown.json["sessions"]) == sorted(
        each["sessionId"] for each in mine
    )
    assert mine[0] in [each["session"] for each in shown.json["sessions"]]

    receipt = _ask(kept, "/v1/me/delete")
    assert receipt.status == 200
    assert receipt.json["deletedSessions"] == 3
    UUID(receipt.json["receipt"])
    assert _ask(kept, "/v1/me").json["sessions"] == []
    assert len(_ask(kept, "/v1/me", _OTHER).json["sessions"]) == 1
    assert kept.put(theirs).status == 304
    assert _SECRET not in shown.body.decode() + receipt.body.decode() + kept.log.read_text()


def test_in_portions(kept: Collector) -> None:
    """What an answer has no room for is got by asking for what comes after its last session."""
    for _ in range(3):
        _sent(kept, _SECRET, "full")
    found = _ask(kept, "/v1/me").json
    first = found["sessions"][0]

    older = _ask_after(kept, {"before": first["received"], "beforeSession": first["session"]["sessionId"]})

    assert found["complete"]
    assert "next" not in found
    assert older["sessions"] == found["sessions"][1:]


def test_more_than_an_answer_holds(place: str, tmp_path: Path) -> None:
    """Of a thousand and five sessions of one millisecond each comes once, in two answers."""
    sessions = [a_session(userId=user_id(_SECRET, "full", time.time())) for _ in range(1005)]
    now = int(time.time() * 1000)
    lines = [transfer.line(now, now + _DAY * 1000, json.dumps(each).encode()) for each in sessions]
    with collecting(tmp_path, "--store", place) as collector:
        options = ("--store", place, "--catalog", str(tmp_path / "catalogues"))
        done = collector_verb("import", *options, stdin=b"".join(lines))
        assert done.exit_code == 0, done.stderr
        first = _ask(collector, "/v1/me").json
        second = _ask_after(collector, first["next"])

    assert not first["complete"]
    assert second["complete"]
    shown = [each["session"]["sessionId"] for each in (*first["sessions"], *second["sessions"])]
    assert len(first["sessions"]) == 1000
    assert sorted(shown) == sorted(each["sessionId"] for each in sessions)


def _ask_after(collector: Collector, place: dict[str, str]) -> Any:
    body = json.dumps({"applicationId": "test-app", "secret": _SECRET, **place}).encode()
    return collector.request("POST", "/v1/me", body, {"Content-Type": "application/json"}).json


def test_other_application(kept: Collector) -> None:
    """A secret counts for the application that it is shown for, and no other."""
    _sent(kept, _SECRET, "full")

    assert _ask(kept, "/v1/me/delete", application="taskrunner").json["deletedSessions"] == 0
    assert len(_ask(kept, "/v1/me").json["sessions"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"applicationId":"test-app","secret":"short"}',
        b'{"applicationId":"test-app","secret":"' + b"A" * 64 + b'"}',
        b'{"applicationId":"test-app","secret":"' + b"a" * 64 + b'","more":1}',
        b"[" * 5000,
        b'{"applicationId":"test-app","secret":"' + b"a" * 64 + b'","before":"yesterday"}',
    ],
)
def test_wrong_body(collector: Collector, body: bytes) -> None:
    """What is no secret is refused, without a word of it."""
    answer = collector.request("POST", "/v1/me", body, {"Content-Type": "application/json"})

    assert answer.status == 400
    assert set(answer.json) == {"message"}


def test_requests_are_few(tmp_path: Path) -> None:
    """Each request is a search, so an address may ask only now and then; reading needs POST."""
    with collecting(tmp_path) as collector:
        assert collector.get("/v1/me").status == 405
        statuses = [_ask(collector, "/v1/me").status for _ in range(12)]
        # One more is allowed every five seconds: on a busy machine a few more go through.
        refused = any(_ask(collector, "/v1/me").status == 429 for _ in range(30))
    assert (429 in statuses, refused) == (False, True)


def test_every_id_is_found() -> None:
    """Ids of every instant within the time are among those searched for, whatever the day of the week."""
    now = 1_790_000_000.0
    for shift in range(9):
        ids = ids_of(_SECRET, now=now + shift * _DAY, days=100)
        for days in range(-1, 101):
            for level in ("basic", "middle", "full"):
                at = now + shift * _DAY - days * _DAY
                assert UUID(user_id(_SECRET, level, at)).bytes in ids


def test_forget_end_to_end(journey: Journey, tmp_path: Path) -> None:
    """A person says yes, a session is sent to a real collector, and `telemetry forget` deletes it there."""
    with collecting(tmp_path) as collector:
        env = {
            "TASKRUNNER_DISABLE_TELEMETRY": None,
            "TASKRUNNER_TELEMETRY_URL": f"http://127.0.0.1:{collector.port}",
        }
        assert journey.run("telemetry", "enable", env=env).exit_code == 0
        answer = load(str(journey.home / ".taskrunner" / "telemetry"))
        assert isinstance(answer, StoredAnswer)
        journey.file("taskrunner.yml", "tasks: {}\n")
        assert journey.run("list", env=env).exit_code == 0
        end = time.monotonic() + 60
        while not _ask(collector, "/v1/me", answer.secret, "taskrunner").json["sessions"]:
            assert time.monotonic() < end
            journey.run("telemetry", "submit", env=env)
            time.sleep(5.1)  # more often, and the collector asks for patience

        forgotten = journey.run("telemetry", "forget", env=env)

        assert forgotten.exit_code == 0, forgotten.stderr
        assert re.search(r'"deletedSessions": ?1', forgotten.stdout)
        assert _ask(collector, "/v1/me", answer.secret, "taskrunner").json["sessions"] == []


def test_by_the_operator(place: str, tmp_path: Path) -> None:
    """Whoever runs the collector deletes the sessions of a person who wrote to them, with the receipt."""
    with collecting(tmp_path, "--store", place) as collector:
        _sent(collector, _SECRET, "basic")
        _sent(collector, _OTHER, "full")

        words = ("forget", "--application", "test-app", "--store", place)
        done = collector_verb(*words, stdin=f"{_SECRET}\n".encode())
        mine, theirs = (_ask(collector, "/v1/me", each).json["sessions"] for each in (_SECRET, _OTHER))
        noted = collector_verb("audits", "--store", place).stdout.decode()

    receipt = json.loads(done.stdout)
    assert 0 == done.exit_code, done.stderr
    assert (1, "test-app") == (receipt["deletedSessions"], receipt["applicationId"])
    UUID(receipt["receipt"])
    assert _SECRET not in done.stdout.decode() + done.stderr
    assert (0, 1) == (len(mine), len(theirs))
    assert "forget: 1 sessions: a person's own wish" in noted


def test_the_operator_needs_a_secret(tmp_path: Path) -> None:
    """Anything else on standard input is refused, and not repeated."""
    done = collector_verb("forget", "--store", str(tmp_path / "store"), stdin=b"alice@example.com\n")

    assert 2 == done.exit_code
    assert "forget.no-secret" in done.stderr
    assert "alice" not in done.stderr
