"""Having the collector delete what it holds, and the offer of that before `disable`."""

import os
import re
import time
from pathlib import Path

import pexpect
import pytest

from telemetry.sent_log import Attempt, SentLog
from telemetry.state import StoredAnswer, load
from tests.support.journey import Journey
from tests.telemetry.commands.peer import Collector

_PATH = "/v1/me/delete"
_OFFER = r"Shall the collector delete first what it holds of you\? \(y/N\) "


def _folder(journey: Journey) -> Path:
    return journey.home / ".taskrunner" / "telemetry"


def _answer(journey: Journey) -> StoredAnswer:
    found = load(str(_folder(journey)))
    assert isinstance(found, StoredAnswer)
    return found


@pytest.fixture
def allowed(journey: Journey) -> StoredAnswer:
    """Give the answer of a person who said yes."""
    assert 0 == journey.run("telemetry", "enable").exit_code
    return _answer(journey)


def test_the_secret_proves_whose_data_it_is(
    journey: Journey, collector: Collector, allowed: StoredAnswer
) -> None:
    """It goes in the body alone; the receipt is printed as it came, and nothing changes here."""
    expected = {"applicationId": "taskrunner", "secret": allowed.secret}
    collector.server.expect_ordered_request(_PATH, "POST", json=expected).respond_with_json({"deleted": 7})

    result = journey.run("telemetry", "forget", env=collector.variables)

    collector.server.check()
    assert 0 == result.exit_code, result.stderr
    assert f"{collector.variables['TASKRUNNER_TELEMETRY_URL']}{_PATH} answers:" in result.stdout
    assert re.search(r'"deleted": 7\b', result.stdout)
    assert allowed == _answer(journey)
    assert allowed.secret not in result.stdout


@pytest.mark.usefixtures("allowed")
def test_it_works_while_telemetry_is_forbidden(journey: Journey, collector: Collector) -> None:
    """Who forbids what is recorded from now on must still get rid of what was."""
    collector.server.expect_ordered_request(_PATH, "POST").respond_with_data("gone")

    result = journey.run("telemetry", "forget", env={**collector.variables, "DO_NOT_TRACK": "1"})

    assert (0, True) == (result.exit_code, "gone" in result.stdout)


@pytest.mark.usefixtures("allowed")
def test_every_collector_that_got_something_is_asked(journey: Journey, collector: Collector) -> None:
    """The log knows those of the last 30 days; where one does not answer, that is said, and is a failure."""
    elsewhere = "http://127.0.0.1:9/v1/sessions"
    session, now = "0b8b7a5e-5b0e-4c0e-9d3b-3e1b2a3c4d5e", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    sent = Attempt(now, session, "full", "0" * 64, 2, elsewhere, "stored", "201", milliseconds=1)
    SentLog(str(_folder(journey))).record(sent)
    collector.server.expect_ordered_request(_PATH, "POST").respond_with_data("receipt")

    result = journey.run("telemetry", "forget", env=collector.variables)

    assert 125 == result.exit_code
    assert "receipt" in result.stderr
    assert "http://127.0.0.1:9/v1/me/delete: there is no answer (connection)" in result.stderr
    assert "[telemetry.not-forgotten]" in result.stderr


@pytest.mark.parametrize("status", [202, 301, 404, 500])
@pytest.mark.usefixtures("allowed")
def test_only_a_confirmed_deletion_is_one(journey: Journey, collector: Collector, status: int) -> None:
    """Any other answer fails, a redirect is not followed, and what the body claims does not count."""
    headers = {"Location": collector.server.url_for("/elsewhere")}
    collector.server.expect_ordered_request(_PATH, "POST").respond_with_data("deleted", status, headers)

    result = journey.run("telemetry", "forget", env=collector.variables)

    collector.server.check()
    assert 125 == result.exit_code
    assert f"the answer is {status}, which confirms nothing" in result.stderr


@pytest.mark.usefixtures("allowed")
def test_a_receipt_cannot_draw_on_the_terminal(journey: Journey, collector: Collector) -> None:
    """What a collector answers is shown, not obeyed."""
    collector.server.expect_ordered_request(_PATH, "POST").respond_with_data("\x1b[2Jhello")

    result = journey.run("telemetry", "forget", env=collector.variables)

    assert "\\x1b[2Jhello" in result.stdout


def test_without_an_id_there_is_nothing_to_forget(journey: Journey) -> None:
    """Nobody is asked anything, and no file appears."""
    result = journey.run("telemetry", "forget")
    odd = journey.run("telemetry", "forget", "--secret", "../../etc")

    assert (2, 2) == (result.exit_code, odd.exit_code)
    assert "[telemetry.no-id]" in result.stderr
    assert "[telemetry.bad-secret]" in odd.stderr
    assert [] == os.listdir(journey.home)


def test_without_a_terminal_disable_prints_the_command_that_still_works(
    journey: Journey, collector: Collector, allowed: StoredAnswer
) -> None:
    """The secret is gone from the disk; with what was printed, the deletion can still be had."""
    said = journey.run("telemetry", "disable").stdout
    command = re.search(r"taskrunner telemetry (forget --secret [0-9a-f]{64})", said)
    assert command
    expected = {"applicationId": "taskrunner", "secret": allowed.secret}
    collector.server.expect_ordered_request(_PATH, "POST", json=expected).respond_with_data("done")

    result = journey.run("telemetry", *command[1].split(), env=collector.variables)

    collector.server.check()
    assert (0, True) == (result.exit_code, "done" in result.stdout)


def _disable(journey: Journey, collector: Collector) -> "pexpect.spawn[str]":
    child = journey.terminal("telemetry", "disable", env=collector.variables)
    child.expect(_OFFER)
    return child


def _ended(child: "pexpect.spawn[str]") -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@pytest.mark.usefixtures("allowed")
def test_on_a_terminal_disable_offers_to_forget_first(journey: Journey, collector: Collector) -> None:
    """With a yes the receipt is shown before anything is deleted here."""
    collector.server.expect_ordered_request(_PATH, "POST").respond_with_data("all 7 deleted")
    child = _disable(journey, collector)
    child.sendline("y")
    child.expect_exact("all 7 deleted")
    child.expect_exact("Telemetry is off.")

    assert 0 == _ended(child)
    assert "denied" == _answer(journey).state


@pytest.mark.parametrize("typed", ["", "n"])
@pytest.mark.usefixtures("allowed")
def test_without_a_clear_yes_nobody_is_asked_to_forget(
    journey: Journey, collector: Collector, typed: str
) -> None:
    """Telemetry is off all the same, and no request was made."""
    child = _disable(journey, collector)
    child.sendline(typed)
    child.expect_exact("Telemetry is off.")

    assert 0 == _ended(child)
    assert [] == collector.server.log
    assert "denied" == _answer(journey).state


@pytest.mark.parametrize(("typed", "state"), [("n", "allowed"), ("y", "denied")])
def test_a_deletion_that_fails_leaves_the_choice(
    journey: Journey, collector: Collector, allowed: StoredAnswer, typed: str, state: str
) -> None:
    """The proof goes with `disable`, so the person decides whether to keep it for another attempt."""
    collector.server.expect_ordered_request(_PATH, "POST").respond_with_data("", 503)
    child = _disable(journey, collector)
    child.sendline("y")
    child.expect_exact("the answer is 503")
    child.expect_exact(f"forget --secret {allowed.secret}"[:40])
    child.expect(r"Disable telemetry all the same\? \(y/N\) ")
    child.sendline(typed)

    assert 0 == _ended(child)
    assert state == _answer(journey).state
