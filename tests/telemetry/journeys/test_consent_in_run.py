"""The question and the notice, as `taskrunner run` puts them to a person at a terminal and to a pipe."""

import itertools
import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from telemetry.reflow import reflow
from tests.support.journey import Journey, program
from tests.telemetry.journeys.person import DISABLED, UNDECIDED, answer, end, left, seen, settle, waiting

if TYPE_CHECKING:
    import pexpect

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app: {image: 'taskrunner-test/busybox:1'}
tasks:
  hello: {run: {container: app, command: echo it-ran}}
"""
QUESTION = "Is it OK for taskrunner to collect and report this information? (Y/n) "
POLICY = "taskrunner can collect and report how it is used"
NOTICE = "No data will be collected for this session."
INDICATOR = "telemetry on · taskrunner telemetry disable"
WHOLE_POLICY = (Path(__file__).parents[3] / "docs" / "telemetry" / "privacy-policy.md").read_text("utf-8")
ALLOWED = {**UNDECIDED, "TASKRUNNER_ENABLE_TELEMETRY": "true"}


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Write the project."""
    return journey.file("taskrunner.yml", CONFIG)


def asked(project: Journey) -> "pexpect.spawn[str]":
    """Start the task on a terminal, and wait for the question."""
    child = project.terminal("run", "hello", env=UNDECIDED)
    child.expect_exact(QUESTION)
    assert POLICY in (child.before or "")
    return child


def names(lines: str) -> list[str]:
    """Return the names of the events in JSON lines."""
    return [json.loads(line)["event"] for line in lines.splitlines()]


def without_times(text: str) -> str:
    """Return a run's output without what no two runs share: times, and what others' killed runs left."""
    swept = re.sub(r"(?m)^Removed .+ that killed runs had left\.\r?\n", "", text)
    return re.sub(r"[0-9.]+ ?m?s\b", "TIME", swept)


def test_the_config_is_read_first(journey: Journey) -> None:
    """A project that cannot be read is an error, and nobody is asked anything."""
    journey.file("taskrunner.yml", CONFIG.replace("image:", "imagge:"))

    code, said = end(journey.terminal("run", "hello", env=UNDECIDED))

    assert (2, False) == (code, QUESTION in said)
    assert "imagge" in said
    assert [] == left(journey)


@pytest.mark.parametrize("typed", ["", "y", "YES"])
def test_yes(project: Journey, typed: str) -> None:
    """Enter or a yes is stored, the task runs, and its session lies in the spool."""
    child = asked(project)
    before = left(project)
    child.sendline(typed)
    code, said = end(child)
    settle(project)

    assert ([], 0, True, True) == (before, code, "it-ran" in said, INDICATOR in said)
    assert "allowed" == answer(project)
    ((session_id, data),) = waiting(project).items()
    assert (session_id, "run") == (
        json.loads(data)["sessionId"],
        json.loads(data)["attributes"]["commandType"],
    )


def test_no_is_the_last_that_is_heard_of_it(project: Journey) -> None:
    """The next run asks nothing, and changes in the home what it changes where telemetry is disabled."""
    time.sleep(2.2)  # the first run keeps what the config says, if it was left alone for two seconds
    child = asked(project)
    child.sendline("n")
    code, said = end(child)
    assert (0, True, "denied") == (code, "it-ran" in said, answer(project))
    home = str(project.home)
    states = [seen(home)]

    outputs = []
    for env in (UNDECIDED, DISABLED, ALLOWED):
        # Not the fancy style: how often it draws depends on how busy the machine is.
        outputs.append(without_times(end(project.terminal("run", "-o", "simple", "hello", env=env))[1]))
        settle(project)
        states.append(seen(home))

    denied, disabled, allowed = (
        {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        for before, after in itertools.pairwise(states)
    )
    assert set() == denied - disabled
    assert allowed - disabled, "the watch would have seen nothing"
    assert "it-ran" in outputs[0]
    assert outputs[0] == outputs[1]


def test_anything_else_is_asked_again(project: Journey) -> None:
    """Until there is an answer, which then holds; `p` shows the whole policy first."""
    child = asked(project)
    child.sendline("what?")
    child.expect_exact("Please answer y for yes, n for no, or p to read the whole policy first.")
    child.expect_exact(QUESTION)
    child.sendline("p")
    child.expect_exact(QUESTION)
    assert reflow(WHOLE_POLICY, 80).strip() in (child.before or "").replace("\r\n", "\n")
    child.sendline("n")

    assert 0 == end(child)[0]
    assert "denied" == answer(project)


def test_no_answer_is_none(project: Journey) -> None:
    """After the end of the input the task runs, nothing is stored, and the next run asks again."""
    child = asked(project)
    child.sendeof()
    code, said = end(child)
    settle(project)

    assert (0, True, False) == (code, "it-ran" in said, INDICATOR in said)
    assert [] == left(project)
    asked(project).terminate(force=True)


def test_interrupted_at_the_question(project: Journey) -> None:
    """Ctrl-C ends the command, runs nothing and stores nothing."""
    child = asked(project)
    child.sendintr()
    code, said = end(child)
    settle(project)

    assert (130, False) == (code, "it-ran" in said)
    assert [] == left(project)


def test_what_is_typed_behind_the_answer_is_the_tasks(project: Journey) -> None:
    """The answer's line is taken from the input, and not a byte more."""
    project.file("taskrunner.yml", CONFIG.replace("echo it-ran", "sh -c 'read line; echo got-$line'"))
    child = asked(project)
    child.send("n\nmine\n")
    code, said = end(child)

    assert (0, True) == (code, "got-mine" in said)


def test_a_terminal_on_ci_gets_the_notice(project: Journey) -> None:
    """Some CI systems give a terminal at which nobody sits: nobody is asked, and nothing is stored."""
    code, said = end(project.terminal("run", "hello", env={**UNDECIDED, "CI": "true"}))

    assert (0, True, True, False) == (code, "it-ran" in said, NOTICE in said, "(Y/n)" in said)
    assert [] == left(project)


def test_quiet_is_quiet(project: Journey) -> None:
    """Neither question nor notice, with and without a terminal."""
    code, said = end(project.terminal("run", "-o", "quiet", "hello", env=UNDECIDED))
    piped = project.run("run", "-o", "quiet", "hello", env=UNDECIDED)

    assert (0, "it-ran") == (code, said.strip())
    assert (0, "it-ran\n", "") == (piped.exit_code, piped.stdout, piped.stderr)
    assert [] == left(project)


@pytest.mark.parametrize("style", ["simple", "json", "all"])
def test_pipes_get_the_notice_on_stderr(project: Journey, style: str) -> None:
    """Standard output is what it is where telemetry is disabled."""
    disabled = project.run("run", "-o", style, "hello", env=DISABLED)
    undecided = project.run("run", "-o", style, "hello", env=UNDECIDED)

    assert (0, 0) == (disabled.exit_code, undecided.exit_code)
    assert (True, False) == (NOTICE in undecided.stderr, NOTICE in disabled.stderr)
    assert all(name in undecided.stderr for name in ALLOWED if name.endswith("ABLE_TELEMETRY"))
    assert NOTICE not in undecided.stdout
    if style != "json":
        assert without_times(disabled.stdout) == without_times(undecided.stdout)
    else:
        kinds = [
            sorted(name for name in names(each.stdout) if name != "LeftoversRemoved")
            for each in (disabled, undecided)
        ]
        assert kinds[0] == kinds[1]
    assert [] == left(project)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('v=$("$0" --version); echo "got $v."', r"got taskrunner [0-9][^ ]*\.\r\n"),
        ('"$0" list --json | cat', r"\{[^(]*\}\r\n"),
        ('"$0" list', r"[^(]*hello[^(]*"),
        ('"$0" schema | head -n 1', r"\{\r\n"),
    ],
)
def test_other_commands_never_ask(project: Journey, line: str, expected: str) -> None:
    """On a terminal that a person sits at, their output is what they were called for, and nothing else."""
    child = project.terminal("-c", line, program(), env=UNDECIDED, command="/bin/sh")
    code, said = end(child)

    assert (0, False, False) == (code, POLICY in said, NOTICE in said)
    assert re.fullmatch(expected, said), said
    assert [] == left(project)


def test_a_project_can_forbid_the_question(project: Journey) -> None:
    """Its file keeps everybody from being asked, and an explicit allow from being heard."""
    project.file("taskrunner.yml", f"forbid_telemetry: true\n{CONFIG}")

    for env in (UNDECIDED, ALLOWED):
        code, said = end(project.terminal("run", "hello", env=env))
        settle(project)
        assert (0, True, False, False) == (code, "it-ran" in said, "telemetry" in said, POLICY in said)
    piped = project.run("run", "hello", env=ALLOWED)

    assert (0, "") == (piped.exit_code, piped.stderr)
    assert [] == left(project)


@pytest.mark.parametrize(("style", "shown"), [("simple", True), ("quiet", False), ("json", False)])
def test_a_run_that_is_recorded_says_so(project: Journey, style: str, shown: bool) -> None:
    """One line on stderr with the way out, in the styles that are for people; stdout never has it."""
    result = project.run("run", "-o", style, "hello", env=ALLOWED)
    settle(project)

    assert (0, shown) == (result.exit_code, INDICATOR in result.stderr.splitlines())
    assert "telemetry on" not in result.stdout
    assert 1 == len(waiting(project))


def test_the_line_is_dim(project: Journey) -> None:
    """On a terminal with colours it keeps in the background."""
    code, said = end(project.terminal("run", "hello", env=ALLOWED))
    settle(project)

    assert (0, True) == (code, f"\x1b[2m{INDICATOR}" in said)
