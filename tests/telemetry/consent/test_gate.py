"""The gate: what every command pays while telemetry is off."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from telemetry.gate import Application, may_record, plainly_on
from telemetry.state import denial
from tests.telemetry.consent.given import NOW, allowed, application, stored

_OFF = [
    {"DEMO_ENABLE_TELEMETRY": "false"},
    {"DEMO_ENABLE_TELEMETRY": "0"},
    {"DEMO_DISABLE_TELEMETRY": "true"},
    {"DEMO_DISABLE_TELEMETRY": "1"},
    {"DO_NOT_TRACK": "1"},
    {"DO_NOT_TRACK": "yes please"},
]


def _loaded(demo: Application, environment: dict[str, str], *, flag: bool | None = None) -> set[str]:
    """Return the modules of the library that a fresh interpreter has after asking the gate."""
    code = (
        "import json, sys; from telemetry.gate import Application, may_record, plainly_on\n"
        "app, environment, flag = json.loads(sys.argv[1])\n"
        "before = set(sys.modules)\n"
        "may_record(Application(*app), environment, flag=flag)\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([demo, environment, flag])],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("environment", _OFF)
def test_a_forbid_in_the_environment_loads_nothing_more(tmp_path: Path, environment: dict[str, str]) -> None:
    """Even with a stored yes, a run that is forbidden imports the gate alone."""
    demo = application(tmp_path)
    stored(demo, allowed())

    assert set() == _loaded(demo, environment)
    assert "telemetry.consent" in _loaded(demo, {}), "without the forbid, the yes is looked at"


def test_a_flag_that_forbids_loads_nothing_more(tmp_path: Path) -> None:
    """`--disable-telemetry` costs no more than a machine without an answer."""
    demo = application(tmp_path)
    stored(demo, allowed())

    assert set() == _loaded(demo, {}, flag=False)


def test_without_an_answer_nothing_is_loaded_and_nothing_appears(tmp_path: Path) -> None:
    """On a fresh machine the gate looks at one file that is not there, and leaves no trace."""
    demo = application(tmp_path)

    assert set() == _loaded(demo, {})
    assert [] == os.listdir(tmp_path)


def test_a_stored_no_loads_nothing_more(tmp_path: Path) -> None:
    """A no is recognised without the JSON reader."""
    demo = application(tmp_path)
    stored(demo, denial(version=1, now=NOW, how="command"))

    assert set() == _loaded(demo, {})
    assert set() == _loaded(demo, {}, flag=False)


def test_a_stored_yes_allows(tmp_path: Path) -> None:
    """The decision says how much, and who decided."""
    demo = application(tmp_path)
    stored(demo, allowed("middle"))

    decision = may_record(demo, {})

    assert decision is not None
    assert (True, "middle", 1, "stored answer") == decision[:4]


def test_only_a_run_that_may_ask_hears_of_the_open_question(tmp_path: Path) -> None:
    """`list` gets a plain no where `run` gets the question."""
    demo = application(tmp_path)

    decision = may_record(demo, {}, may_ask=True)

    assert may_record(demo, {}) is None
    assert decision is not None
    assert (False, "first") == (decision.allowed, decision.question)


def test_what_the_application_forbids_beats_everything(tmp_path: Path) -> None:
    """A project's forbid holds against flag, environment and stored yes together."""
    demo = application(tmp_path)
    stored(demo, allowed())
    allow = {"DEMO_ENABLE_TELEMETRY": "true"}

    assert may_record(demo, allow, flag=True) is not None
    assert may_record(demo, allow, flag=True, forbidden_by=["project"]) is None


def test_an_unclear_value_is_off_with_a_warning(tmp_path: Path) -> None:
    """`yes` might mean anything, so the person hears that it meant off."""
    demo = application(tmp_path)
    stored(demo, allowed())

    decision = may_record(demo, {"DEMO_ENABLE_TELEMETRY": "yes"})

    assert decision is not None
    assert not decision.allowed
    assert "DEMO_ENABLE_TELEMETRY is none of 1, true, 0 and false" in decision.warnings[0]


@pytest.mark.parametrize("may_ask", [True, False])
def test_a_plain_yes_loads_nothing_more(tmp_path: Path, may_ask: bool) -> None:
    """What decides is left to whoever records, so a command loads no more with telemetry on than off."""
    demo = application(tmp_path)
    stored(demo, allowed())
    code = (
        "import json, sys; from telemetry.gate import Application, plainly_on\n"
        "app, may_ask = json.loads(sys.argv[1])\n"
        "before = set(sys.modules)\n"
        "assert plainly_on(Application(*app), {}, may_ask=may_ask)\n"
        "assert before == set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code, json.dumps([demo, may_ask])], check=True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"until": "2999-01-01T00:00:00.000Z"}, True),
        ({"until": "2020-01-01T00:00:00.000Z"}, False),
        ({"asked_version": 1}, False),
        ({"asked_version": 3}, False),
        ({"state": "denied"}, False),
    ],
)
def test_what_might_be_asked_about_is_not_plain(
    tmp_path: Path, changes: dict[str, object], expected: bool
) -> None:
    """A yes that ended, or to another catalogue, is looked at closely before a run."""
    demo = application(tmp_path, version=2)
    path = Path(stored(demo, allowed(version=2)))
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}, indent=2) + "\n")

    assert expected == plainly_on(demo, {}, may_ask=True)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "garbage", "empty", "huge"])
def test_whatever_lies_in_the_place_of_the_answer_means_off(tmp_path: Path, kind: str) -> None:
    """Nothing that is no answer of ours allows anything, keeps a command waiting, or is asked about."""
    demo = application(tmp_path)
    path = Path(stored(demo, allowed()))
    good = path.read_bytes()
    path.unlink()
    _lay_down(path, kind, good)

    assert may_record(demo, {}) is None
    assert may_record(demo, {}, may_ask=True) is None


def _lay_down(path: Path, kind: str, good: bytes) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        other = path.with_name("other.json")
        other.write_bytes(good)
        path.symlink_to(other)
    else:
        path.write_bytes({"garbage": b'{"state": "allowed"', "empty": b"", "huge": good + b" " * 9000}[kind])
