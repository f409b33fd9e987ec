"""Defects that other programs with telemetry had in the field."""

import os

import pytest

from tests.support.journey import Journey
from tests.telemetry.faults.conftest import CONFIG, Beside
from tests.telemetry.journeys.person import DISABLED, folder, settle
from tests.telemetry.upload.peers import Peer, silent

COMMANDS = (
    ("--version",),
    ("--help",),
    ("list",),
    ("list", "--json"),
    ("schema",),
    ("completion", "bash"),
    ("clean",),
    ("run", "--help"),
    ("run", "hello"),
    ("run", "no-such-task"),
    ("--no-such-option",),
    ("telemetry", "--help"),
)


def _wait_in_the_spool(beside: Beside) -> None:
    spool = beside.folder / "spool"
    spool.mkdir(mode=0o700, exist_ok=True)
    for session_id, session in beside.examples(3):
        (spool / f"{session_id}.full.json").write_bytes(session)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_black_hole_keeps_no_command_waiting(beside: Beside, words: tuple[str, ...]) -> None:
    """Sessions wait, and the collector never answers: each command ends as soon as without telemetry."""
    _wait_in_the_spool(beside)
    with Peer(silent) as peer:
        env = {"TASKRUNNER_TELEMETRY_URL": f"http://127.0.0.1:{peer.port}"}
        without = beside.run(words, {**env, **DISABLED})
        result = beside.run(words, env)
    settle(beside.journey)

    took = result.seconds - without.seconds
    assert (without.exit_code, without.stdout) == (result.exit_code, result.stdout)
    # An attempt alone would take twenty seconds; a busy machine does not.
    assert took < 10
    beside.show(
        "the collector never answers", " ".join(words), f"exit {result.exit_code:<4} {1000 * took:+7.0f} ms"
    )


def test_after_a_no_not_a_byte_is_sent(beside: Beside) -> None:
    """Whoever disables telemetry tells nobody: no goodbye, no last session, and none from then on."""
    _wait_in_the_spool(beside)
    with Peer(silent) as peer:
        env = {"TASKRUNNER_TELEMETRY_URL": f"http://127.0.0.1:{peer.port}"}
        assert 0 == beside.run(("telemetry", "disable"), env).exit_code
        for words in (*COMMANDS, ("telemetry", "status"), ("telemetry", "submit"), ("telemetry", "preview")):
            beside.run(words, env)
            beside.run(words, {**env, "CI": "true"})
        settle(beside.journey)

        assert 0 == peer.connections
    assert ["README", "consent.json"] == sorted(os.listdir(beside.folder))


@pytest.mark.parametrize("key", ["enable_telemetry: true", "forbid_telemetry: false", "telemetry: full"])
def test_no_project_can_allow(journey: Journey, key: str) -> None:
    """A project's file that means to switch telemetry on for whoever works on it is a mistake, or nothing."""
    journey.file("taskrunner.yml", f"{key}\n{CONFIG}")

    result = journey.run("list")
    settle(journey)

    if key == "forbid_telemetry: false":
        assert 0 == result.exit_code
    else:
        assert (2, True) == (result.exit_code, "[config.unknown-key]" in result.stderr)
    assert not os.path.exists(folder(journey))
