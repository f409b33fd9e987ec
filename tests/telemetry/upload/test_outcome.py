"""What a status code means for a session."""

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.outcome import classify, parse_retry_after


@pytest.mark.parametrize("status", [201, 304])
def test_collector_has_it(status: int) -> None:
    """Stored now, or stored before: either way the session has arrived."""
    assert "stored" == classify(status).verdict


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 451, 499])
def test_never_again(status: int) -> None:
    """A client error would meet the same session with the same answer each time."""
    assert "refused" == classify(status).verdict


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507, 599])
def test_another_time(status: int) -> None:
    """What may pass by itself keeps the session."""
    assert "later" == classify(status).verdict


@pytest.mark.parametrize("status", [200, 202, 204, 206, 301, 302, 303, 307, 308])
def test_answers_of_strangers_keep_the_session(status: int) -> None:
    """A login page or a redirect is no collector's answer: no success, and no reason to give up."""
    assert "later" == classify(status).verdict


def test_gone() -> None:
    """410 is an end of its own."""
    assert "gone" == classify(410).verdict


def test_seconds() -> None:
    """`Retry-After` may be a number of seconds."""
    assert 120.0 == classify(503, " 120 ").retry_after


def test_date() -> None:
    """`Retry-After` may be a date."""
    seconds = classify(429, formatdate(time.time() + 600, usegmt=True)).retry_after

    assert seconds is not None
    assert 590 < seconds <= 600


def test_past_date_asks_for_nothing() -> None:
    """A date that has passed means at once."""
    assert 0.0 == parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT")


@pytest.mark.parametrize("text", [None, "", "soon", "-5", "1e3", "٣", "Wed, 99 Oct 2015 07:28:00 GMT"])
def test_nonsense_asks_for_nothing(text: str | None) -> None:
    """A header that makes no sense is as if it were not there."""
    assert parse_retry_after(text) is None


@given(st.integers(100, 599), st.none() | st.text())
def test_any_answer_is_judged(status: int, header: str | None) -> None:
    """No answer of a server makes the client fail, and only two of them count as delivered."""
    outcome = classify(status, header)

    assert (status in {201, 304}) == (outcome.verdict == "stored")
    assert outcome.retry_after is None or outcome.retry_after >= 0
