"""Commands beside the same commands without telemetry: nothing may tell them apart."""

import json
import os
import re
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.journey import Journey
from tests.support.modules import NOT_MEASURED
from tests.support.running import Result
from tests.telemetry.commands.conftest import _secure_server, collector
from tests.telemetry.journeys.person import DISABLED, NOBODY, folder, settle

__all__ = ["Beside", "_secure_server", "collector"]

CONFIG = """\
containers:
  app: {image: 'taskrunner-test/busybox:1'}
tasks:
  hello: {run: {container: app, command: echo it-ran}}
  fail: {run: {container: app, command: sh -c 'echo it-ran; exit 7'}}
"""
_LINE = "telemetry on · taskrunner telemetry disable"


class Beside:
    """A person who allowed telemetry, in a project."""

    def __init__(self, journey: Journey, show: Callable[[str, str], None]) -> None:
        self.journey = journey.file("taskrunner.yml", CONFIG)
        self.prefix: tuple[str, ...] = ()
        """A program that runs ours, in circumstances of its own."""
        self._show = show
        assert 0 == journey.run("telemetry", "enable", env={"TASKRUNNER_TELEMETRY_URL": NOBODY}).exit_code

    @property
    def folder(self) -> Path:
        """The telemetry folder."""
        return Path(folder(self.journey))

    def run(self, words: Sequence[str], env: Mapping[str, str | None]) -> Result:
        """Run one command."""
        program = os.path.join(sysconfig.get_path("scripts"), "taskrunner")
        first, *rest = (*self.prefix, program, *words)
        if self.prefix:
            # What is measured would be written by another user, into a folder of root's.
            env = {**NOT_MEASURED, **env}
        return self.journey.run(*rest, command=first, env={"TASKRUNNER_TELEMETRY_URL": NOBODY, **env})

    def check(
        self, fault: str, *words: str, within: float = 10.0, env: Mapping[str, str | None] | None = None
    ) -> Result:
        """Run a command without telemetry and with it: exit code and output are the same.

        `within` is how much longer it may take, in seconds, on a machine that is busy with other tests.
        """
        without = self.run(words, {**(env or {}), **DISABLED})
        result = self.run(words, env or {})
        settle(self.journey)
        assert (without.exit_code, _timeless(without.stdout)) == (result.exit_code, _timeless(result.stdout))
        assert _timeless(without.stderr) == _timeless(result.stderr.replace(f"{_LINE}\n", ""))
        assert result.seconds - without.seconds < within
        took = 1000 * (result.seconds - without.seconds)
        self.show(fault, " ".join(words), f"exit {result.exit_code:<4} {took:+7.0f} ms")
        return result

    def show(self, fault: str, command: str, result: str) -> None:
        """Have a line printed at the end of the whole run."""
        self._show(
            "Faults of telemetry: output and exit code are the same as without it",
            f"{fault:<58} {command:<10} {result}",
        )

    def examples(self, number: int) -> list[tuple[str, bytes]]:
        """Return made-up sessions with their ids."""
        done = self.journey.run("telemetry", "example", "-n", str(number), env=DISABLED)
        return [(json.loads(line)["sessionId"], line) for line in done.stdout_bytes.splitlines()]


@pytest.fixture
def beside(journey: Journey, show: Callable[[str, str], None]) -> Beside:
    """Give that person."""
    return Beside(journey, show)


def _timeless(text: str) -> str:
    return re.sub(r"[0-9.]+ ?m?s\b", "TIME", text)
