"""`taskrunner telemetry`, as a person calls it."""

import hashlib
import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from telemetry.identity import user_id
from telemetry.spool import Spool
from telemetry.state import StoredAnswer, load
from tests.support.journey import Journey

_PROJECT = """\
project_name: demo
forbid_telemetry: {forbid}
containers: {{shell: {{image: busybox}}}}
tasks: {{hello: {{run: {{container: shell}}}}}}
"""

Say = Callable[..., str]


@pytest.fixture
def say(journey: Journey) -> Say:
    """Give a function that calls a verb, which must succeed, and returns what it prints."""

    def call(*words: str, **env: str) -> str:
        result = journey.run("telemetry", *words, env=env)
        assert 0 == result.exit_code, result.stderr
        return result.stdout

    return call


def _folder(journey: Journey) -> Path:
    return journey.home / ".taskrunner" / "telemetry"


def _answer(journey: Journey) -> StoredAnswer:
    found = load(str(_folder(journey)))
    assert isinstance(found, StoredAnswer)
    return found


def _queued(journey: Journey, text: str = "one") -> tuple[str, bytes]:
    session = str(uuid.uuid4())
    data = json.dumps({"sessionId": session, "text": text}).encode()
    assert Spool(str(_folder(journey))).put(session, data, "full")
    return session, data


def test_looking_creates_nothing(journey: Journey, say: Say) -> None:
    """Who only looks, or stops what never began to look at it, leaves no trace in their home."""
    for verb in ("status", "level", "policy", "queue", "log", "resume"):
        say(verb)

    assert [] == os.listdir(journey.home)


def test_a_fresh_machine_is_off(say: Say) -> None:
    """The status says that nobody has answered, and what would get the sessions."""
    status = say("status")

    assert status.startswith("Telemetry is off.\nDecided by: nobody yet\nStored answer: none\n")
    assert "Collector: https://full.telemetry.example/v1/sessions" in status


def test_a_yes_holds_until_it_is_taken_back(journey: Journey, say: Say) -> None:
    """Enable, look, disable, look: each step shows, and a new yes is a new id."""
    say("enable")
    on, first = say("status"), say("id")
    say("disable")
    off = say("status")
    say("enable")

    assert on.startswith("Telemetry is on, at level full.\nDecided by: stored answer\n")
    assert off.startswith("Telemetry is off.\nDecided by: stored answer\nStored answer: denied, by command")
    assert first != say("id")
    assert ("allowed", "full", 1, "command") == (
        _answer(journey).state,
        _answer(journey).level,
        _answer(journey).catalog_version,
        _answer(journey).how,
    )


def test_disable_deletes_everything_but_the_no(journey: Journey, say: Say) -> None:
    """Queue, copies, log and secret go; whoever looks into the folder finds the answer and its README."""
    say("enable")
    secret = _answer(journey).secret
    _queued(journey)
    (_folder(journey) / "sent").mkdir()
    (_folder(journey) / "sent" / "copy.json").write_text("{}")

    said = say("disable")

    assert "Never sent: 1 of the sessions that waited." in said
    assert ["README", "consent.json"] == sorted(os.listdir(_folder(journey)))
    assert secret not in (_folder(journey) / "consent.json").read_text()


def test_the_id_is_the_one_that_sessions_carry(journey: Journey, say: Say) -> None:
    """It follows from the secret, and a change of level at or above `middle` keeps it."""
    say("enable", "--level", "middle")
    first = say("id")
    say("level", "full")

    assert user_id(_answer(journey).secret, "full", 0.0) == first.strip()
    assert first == say("id")


def test_levels_are_shown_and_changed(journey: Journey, say: Say) -> None:
    """A narrower level keeps id and catalogue, and none is the same as `disable`."""
    say("enable")
    before = _answer(journey)
    say("level", "basic")
    narrowed = _answer(journey)
    shown = say("level")
    say("level", "none")

    assert before._replace(level="basic") == narrowed
    assert "basic\n" == shown
    assert ("denied", "none\n") == (_answer(journey).state, say("level"))


def test_a_yes_for_a_time_says_when_it_ends(journey: Journey, say: Say) -> None:
    """The time is counted from now, and the status names the instant."""
    said = say("enable", "--for", "30d", "--level", "basic")
    answer = _answer(journey)

    assert answer.until is not None
    assert f"Telemetry is allowed, at level basic, until {answer.until}." in said
    assert f"Ends on: {answer.until}" in say("status")


def test_enabling_again_keeps_the_level(journey: Journey, say: Say) -> None:
    """Who allowed `basic` for a month and goes on gets no more than that."""
    say("enable", "--level", "basic", "--for", "1h")
    first = _answer(journey)
    say("enable")

    assert ("basic", None, first.secret) == (
        _answer(journey).level,
        _answer(journey).until,
        _answer(journey).secret,
    )


@pytest.mark.parametrize(
    ("env", "who"),
    [
        ({"DO_NOT_TRACK": "1"}, "DO_NOT_TRACK"),
        ({"TASKRUNNER_DISABLE_TELEMETRY": "true"}, "TASKRUNNER_DISABLE_TELEMETRY"),
        ({"TASKRUNNER_ENABLE_TELEMETRY": "0"}, "TASKRUNNER_ENABLE_TELEMETRY"),
        ({"BATECT_ENABLE_TELEMETRY": "false"}, "BATECT_ENABLE_TELEMETRY"),
        ({"BATECT_DISABLE_TELEMETRY": "1"}, "BATECT_DISABLE_TELEMETRY"),
    ],
)
def test_the_status_says_which_variable_decided(say: Say, env: dict[str, str], who: str) -> None:
    """A person who is puzzled by a no finds out where it comes from, also right after saying yes."""
    said = say("enable", **env)

    assert f"Here it stays off all the same, because of: {who}." in said
    assert say("status", **env).startswith(f"Telemetry is off.\nDecided by: {who}\n")
    assert say("status").startswith("Telemetry is on")


def test_a_no_that_batect_stored_counts(journey: Journey, say: Say) -> None:
    """And a yes that batect stored does not."""
    stored = journey.home / ".batect" / "telemetry" / "config.json"
    stored.parent.mkdir(parents=True)
    stored.write_text('{"userId":"0b8b7a5e-5b0e-4c0e-9d3b-3e1b2a3c4d5e","state":"allowed"}')
    after_yes = say("status")
    say("enable")
    stored.write_text('{"userId":"0b8b7a5e-5b0e-4c0e-9d3b-3e1b2a3c4d5e","state":"disabled"}')

    assert "Decided by: nobody yet" in after_yes
    assert "Decided by: answer that batect stored" in say("status")


def test_a_project_can_forbid_and_its_status_says_so(journey: Journey, say: Say) -> None:
    """Inside the project it is off; a project that does not forbid allows nothing."""
    journey.file("taskrunner.yml", _PROJECT.format(forbid="false"))
    without_answer = say("status")
    say("enable")
    journey.file("taskrunner.yml", _PROJECT.format(forbid="true"))

    assert "Decided by: nobody yet" in without_answer
    assert "Decided by: project's file (forbid_telemetry)" in say("status")


def test_everybody_who_is_against_it_is_named(say: Say) -> None:
    """Lifting one forbid is no use to a person who does not know of the next."""
    status = say("status", DO_NOT_TRACK="1", BATECT_ENABLE_TELEMETRY="false")

    assert "Decided by: BATECT_ENABLE_TELEMETRY\nAlso against it: DO_NOT_TRACK\n" in status


def test_a_damaged_answer_is_off_and_stays_as_it_is(journey: Journey, say: Say) -> None:
    """The status says so, and no verb replaces it."""
    say("enable")
    path = _folder(journey) / "consent.json"
    path.write_text("damaged")

    status = say("status")
    tried = [journey.run("telemetry", *words) for words in (["enable"], ["disable"], ["level", "basic"])]

    assert "Decided by: stored answer, which is damaged" in status
    assert {(2, "damaged")} == {(result.exit_code, path.read_text()) for result in tried}
    assert all("[telemetry.state-unusable]" in result.stderr for result in tried)


def test_what_waits_can_be_read_to_the_last_byte(journey: Journey, say: Say) -> None:
    """The list names each session; `show` prints exactly what would be sent."""
    say("enable")
    session, data = _queued(journey, "ä")

    assert f"{session}  level full  {len(data)} bytes\n" == say("queue")
    assert data.decode() == say("queue", "show", session)
    assert "Queue: 1 session, " in say("status")


def test_a_pause_shows_and_ends(say: Say) -> None:
    """The status says that uploads are held back until the person lets them go on."""
    say("enable")
    say("pause")
    paused = say("status")

    assert "(paused)" in paused
    assert "Uploads go on.\n" == say("resume")
    assert "(paused)" not in say("status")
    assert "Uploads were not paused.\n" == say("resume")


def test_submitting_tries_and_says_what_came_of_it(journey: Journey, say: Say) -> None:
    """With a collector that refuses connections the session stays, and the log has the attempt."""
    say("enable")
    session, data = _queued(journey)
    nobody = "http://127.0.0.1:9"

    said = say("submit", TASKRUNNER_TELEMETRY_URL=nobody)

    digest = hashlib.sha256(data).hexdigest()
    assert f"{session} sha256:{digest} later connection" in said
    assert f"sha256:{digest}  {len(data)} bytes  later (connection)  {nobody}/v1/sessions" in say("log")
    assert session in say("queue")


def test_submitting_obeys_a_no(journey: Journey, say: Say) -> None:
    """What waits from before is not sent while anything forbids it, nor before a yes."""
    say("enable")
    _queued(journey)

    forbidden = journey.run("telemetry", "submit", env={"DO_NOT_TRACK": "1"})

    assert 2 == forbidden.exit_code
    assert "Telemetry is off here, because of: DO_NOT_TRACK. [telemetry.off]" in forbidden.stderr
    assert "" == say("log")


def test_the_collector_can_be_another(say: Say) -> None:
    """The status shows where sessions would go, and why an address is not taken."""
    mine = "https://{level}.corp.example:8443/in"

    assert "Collector: https://full.corp.example:8443/in/v1/sessions" in say(
        "status", TASKRUNNER_TELEMETRY_URL=mine
    )
    assert "Collector: none, so nothing is sent: " in say(
        "status", TASKRUNNER_TELEMETRY_URL="http://corp.example"
    )


def test_the_whole_policy_is_printed(say: Say) -> None:
    """Word for word what the documents have."""
    page = Path(__file__).parents[3] / "docs" / "telemetry" / "privacy-policy.md"

    assert page.read_text(encoding="utf-8") == say("policy")


@pytest.mark.parametrize(
    ("words", "reference"),
    [
        ([], "cli.no-verb"),
        (["nonsense"], "cli.usage"),
        (["enable", "--level", "none"], "telemetry.unknown-level"),
        (["enable", "--level", "FULL"], "telemetry.unknown-level"),
        (["enable", "--for", "30"], "telemetry.bad-time"),
        (["enable", "--for", "0d"], "telemetry.bad-time"),
        (["enable", "--for", "99999w"], "telemetry.bad-time"),
        (["level", "full"], "telemetry.not-allowed"),
        (["id"], "telemetry.no-id"),
        (["pause"], "telemetry.nothing-to-pause"),
        (["submit"], "telemetry.off"),
        (["queue", "show"], "telemetry.bad-show"),
        (["queue", "show", "../consent"], "telemetry.unknown-session"),
        (["log", "show", "../consent"], "telemetry.unknown-session"),
    ],
)
def test_mistakes_are_told_and_change_nothing(journey: Journey, words: list[str], reference: str) -> None:
    """Each has its reference and a remedy, ends with 2, and leaves the home as it was."""
    result = journey.run("telemetry", *words)

    assert 2 == result.exit_code
    assert f"[{reference}]" in result.stderr
    assert [] == os.listdir(journey.home)


def test_a_folder_that_takes_nothing_is_an_error_in_words(journey: Journey) -> None:
    """A file in the way of the state folder gives a sentence, not a traceback."""
    (journey.home / ".taskrunner").write_text("in the way")

    result = journey.run("telemetry", "enable")

    assert 2 == result.exit_code
    assert "[telemetry.state-unusable]" in result.stderr
