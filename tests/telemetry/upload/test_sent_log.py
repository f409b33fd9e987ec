"""What the person can see of what was sent."""

import os
from pathlib import Path

import pytest

from telemetry import layout
from telemetry.outcome import Outcome
from telemetry.retention import DAY
from telemetry.sent_log import Attempt, Pass, SentLog, describe
from tests.telemetry.upload.sessions import age, record


def _attempt(time: str = "2999-01-01T00:00:00Z") -> Attempt:
    session = record()
    name = (session.session_id, "full")
    attempt = describe(name, session.data, "https://h/v1/sessions", Outcome("stored", "201"), 0.25)
    return attempt._replace(time=time)


def test_attempts_in_order(tmp_path: Path) -> None:
    """Attempts are read as they were written."""
    log = SentLog(str(tmp_path))
    attempts = [_attempt(), _attempt()]
    for attempt in attempts:
        log.record(attempt)

    assert attempts == log.attempts()


def test_thirty_days(tmp_path: Path) -> None:
    """After 30 days, lines and copies are gone from the disk."""
    log = SentLog(str(tmp_path))
    old, new = _attempt("2020-01-01T00:00:00Z"), _attempt()
    for attempt in (old, new):
        log.record(attempt)
        log.keep_copy(attempt.session_id, b"{}")
    age(str(tmp_path / layout.SENT / f"{old.session_id}.json"), 31 * DAY)
    log.prune()

    assert [new] == log.attempts()
    assert old.session_id not in (tmp_path / layout.SENT_LOG).read_text()
    assert [f"{new.session_id}.json"] == os.listdir(tmp_path / layout.SENT)


def test_damaged_lines(tmp_path: Path) -> None:
    """Lines that make no sense are left out, the others are read."""
    log = SentLog(str(tmp_path))
    attempt = _attempt()
    log.record(attempt)
    with (tmp_path / layout.SENT_LOG).open("ab") as file:
        file.write(b'{"time": "now"}\n[]\n\xff\n' + b"[" * 100_000 + b"\n")
    log.record(attempt)

    assert [attempt, attempt] == log.attempts()


def test_copies_are_found_by_id_alone(tmp_path: Path) -> None:
    """A copy is read by its session's id; nothing else on the disk can be asked for."""
    log = SentLog(str(tmp_path))
    session = record()
    log.keep_copy(session.session_id, session.data)
    (tmp_path / "secret.json").write_text("x")

    assert session.data == log.copy(session.session_id)
    assert log.copy("../secret") is None
    assert log.copy(record().session_id) is None


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"time": 1, "sent": 1, "refused": 0, "failed": 0, "ended": ""}', b"["]
)
def test_damaged_summary(tmp_path: Path, content: bytes) -> None:
    """A summary that makes no sense is none."""
    (tmp_path / layout.LAST_UPLOAD).write_bytes(content)

    assert SentLog(str(tmp_path)).last_pass() is None


def test_summary(tmp_path: Path) -> None:
    """The last pass is what was noted last."""
    log = SentLog(str(tmp_path))
    log.record_pass(Pass("2999-01-01T00:00:00Z", sent=1))
    log.record_pass(Pass("2999-01-02T00:00:00Z", sent=2, ended="hold"))

    assert Pass("2999-01-02T00:00:00Z", sent=2, ended="hold") == log.last_pass()
