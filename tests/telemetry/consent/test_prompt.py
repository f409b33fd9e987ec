"""The question on a real pseudo-terminal."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from telemetry.state import StoredAnswer, load
from tests.telemetry.consent.given import application

_QUESTION = r"Is it OK for demo to collect and report this information\? \(Y/n\) "
_COMMAND = ["-m", "tests.telemetry.consent.asker"]


class _Asked:
    """The program, waiting for an answer on its terminal."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.child = pexpect.spawn(
            sys.executable, [*_COMMAND, str(folder), "1", *arguments], encoding="utf-8", timeout=20
        )

    def answer(self, line: str) -> None:
        self.child.expect(_QUESTION)
        self.child.sendline(line)

    def ended(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -self.child.signalstatus)

    def result(self) -> Any:
        return json.loads((self.folder / "result").read_text())

    def stored(self) -> StoredAnswer | None:
        found = load(application(self.folder).folder)
        assert found is None or isinstance(found, StoredAnswer)
        return found


@pytest.mark.parametrize("typed", ["", "y", "Y", "yes", "  yeah"])
def test_enter_or_y_allows_in_full(tmp_path: Path, typed: str) -> None:
    """The policy in short is read before the question, and the yes holds for this very run."""
    asked = _Asked(tmp_path)
    asked.child.expect_exact("demo collects numbers and never names.")
    asked.answer(typed)
    asked.child.sendline("for the task")
    asked.ended()

    stored = asked.stored()
    assert stored is not None
    assert ("allowed", "full", 1, "question") == (
        stored.state,
        stored.level,
        stored.catalog_version,
        stored.how,
    )
    assert [[True, "full", 1, "stored answer"], "for the task\n"] == asked.result()


@pytest.mark.parametrize("typed", ["n", "N", "no", "never"])
def test_n_denies_and_is_remembered(tmp_path: Path, typed: str) -> None:
    """A no is stored without a secret, so that nobody is asked twice and there is no id."""
    asked = _Asked(tmp_path)
    asked.answer(typed)
    asked.child.sendline("")
    asked.ended()

    stored = asked.stored()
    assert stored is not None
    assert ("denied", "none", "") == (stored.state, stored.level, stored.secret)
    assert [False, "none"] == asked.result()[0][:2]


def test_anything_else_is_asked_again(tmp_path: Path) -> None:
    """Neither a typing error nor a word that ends in a y is taken for an answer."""
    asked = _Asked(tmp_path)
    for typed in ("maybe", "1", "ok", "py"):
        asked.answer(typed)
        asked.child.expect_exact("Please answer y for yes, n for no")
    asked.answer("n")
    asked.child.sendline("")
    asked.ended()

    stored = asked.stored()
    assert stored is not None
    assert "denied" == stored.state


def test_p_shows_the_whole_policy_and_asks_again(tmp_path: Path) -> None:
    """The text is the installation's own; reading it decides nothing."""
    asked = _Asked(tmp_path)
    asked.answer("p")
    asked.child.expect_exact("The whole policy, word for word.")
    asked.child.expect(_QUESTION)

    assert asked.stored() is None
    asked.child.sendline("n")
    asked.child.sendline("")
    asked.ended()


@pytest.mark.parametrize("typed", ["", "y"])
def test_the_end_of_input_is_no_answer(tmp_path: Path, typed: str) -> None:
    """Ctrl-D stores nothing, creates nothing, and lets the run go on without telemetry."""
    asked = _Asked(tmp_path)
    asked.child.expect(_QUESTION)
    asked.child.send(typed)
    for _ in range(2 if typed else 1):
        asked.child.sendeof()
    asked.child.sendline("")

    assert 0 == asked.ended()
    assert [False, "none", 0, "nobody yet"] == asked.result()[0]
    assert ["result"] == os.listdir(tmp_path)


def test_ctrl_c_ends_the_command_and_is_no_answer(tmp_path: Path) -> None:
    """Whoever wants out gets out, and is asked the next time."""
    asked = _Asked(tmp_path)
    asked.child.expect(_QUESTION)
    asked.child.sendintr()

    assert -signal.SIGINT == asked.ended()
    assert [] == os.listdir(tmp_path)


def test_what_was_typed_before_the_question_is_no_answer(tmp_path: Path) -> None:
    """An Enter that was meant for something else must not become a yes."""
    asked = _Asked(tmp_path, "slow")
    asked.child.expect_exact("starting")
    asked.child.sendline("")
    asked.child.sendline("y")
    asked.child.expect(_QUESTION)
    asked.child.sendeof()
    asked.ended()

    assert asked.stored() is None


def test_the_question_goes_to_standard_error(tmp_path: Path) -> None:
    """Output that a script captures stays clean while the person is asked."""
    captured = tmp_path / "captured"
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", f'exec "$@" > {captured}', "sh", sys.executable, *_COMMAND, str(tmp_path), "1"],
        encoding="utf-8",
        timeout=20,
    )
    child.expect(_QUESTION)
    child.sendline("n")
    child.sendline("")
    child.expect(pexpect.EOF)
    child.close()

    assert b"" == captured.read_bytes()
    assert 0 == child.exitstatus


def test_a_job_in_the_background_is_not_stopped_by_the_question(tmp_path: Path) -> None:
    """Reading from the terminal there would stop it; it gets the notice that nothing is collected."""
    shell = pexpect.spawn("/bin/bash", ["--norc", "-i"], encoding="utf-8", timeout=20)
    shell.sendline(f"{sys.executable} {' '.join(_COMMAND)} {tmp_path} 1 < /dev/tty & wait; echo DO''NE")
    shell.expect_exact("DONE")
    said = shell.before or ""
    shell.close(force=True)

    assert "running in a non-interactive session" in said
    assert "No data will be collected for this session." in said


def test_without_a_terminal_there_is_a_notice_and_no_question(tmp_path: Path) -> None:
    """It names both variables; nothing is read, nothing stored, and standard output stays clean."""
    done = subprocess.run(
        [sys.executable, *_COMMAND, str(tmp_path), "1"],
        input="y\n",
        capture_output=True,
        text=True,
        check=True,
    )

    assert "" == done.stdout
    assert "set DEMO_ENABLE_TELEMETRY to 'true'" in done.stderr
    assert "set DEMO_DISABLE_TELEMETRY to 'true'" in done.stderr
    assert "Is it OK" not in done.stderr
    assert ["result"] == os.listdir(tmp_path)
