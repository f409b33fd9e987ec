"""Signals in the middle of a run: whatever happens, nothing is left."""

import os
import signal
import subprocess
import time

import pytest

from tests.support.journey import Journey, program
from tests.support.modules import NOT_MEASURED
from tests.support.running import Running

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  db:
    image: taskrunner-test/busybox:1
    command: sleep 600
  app:
    image: taskrunner-test/busybox:1
    dependencies: [db]
  sick:
    image: taskrunner-test/busybox:1
    command: sleep 600
    health_check: {command: 'false', interval: 30s, retries: 10}
tasks:
  deaf:
    run: {container: app, command: sh -c 'echo started; sleep 600; echo not this'}
  polite:
    run:
      container: app
      command: sh -c 'trap "echo goodbye; exit 3" INT TERM HUP; echo started; while true; do sleep 0.1; done'
  stubborn:
    run:
      container: app
      command: sh -c 'trap "echo no" INT TERM; echo started; while true; do sleep 0.1; done'
  waiting:
    dependencies: [sick]
    run: {container: app, command: echo never}
  noisy:
    run: {container: app, command: sh -c 'while true; do echo $$; done'}
"""


def started(journey: Journey, task: str, *options: str) -> Running:
    """Start a task and wait until its main container prints that it runs."""
    journey.file("batect.yml", CONFIG)
    return journey.start("run", *options, task).wait_for("\nstarted\n")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_stops_cleans_and_says_so(journey: Journey, number: signal.Signals, code: int) -> None:
    """A process that ignores the signal is not waited for."""
    running = started(journey, "deaf")
    before = time.monotonic()

    result = running.signal(number).finish(30)

    assert code == result.exit_code
    assert time.monotonic() - before < 8
    assert "\nnot this\n" not in result.stdout
    assert "Traceback" not in result.stderr


def test_a_task_that_handles_the_signal_may_say_goodbye(journey: Journey) -> None:
    """It gets the signal and the time to end by itself, and its last output is shown."""
    result = started(journey, "polite").signal(signal.SIGINT).finish(30)

    assert result.exit_code == 130
    assert "goodbye" in result.stdout


def test_a_second_signal_ends_the_patience(journey: Journey) -> None:
    """Who does not want to wait presses Ctrl-C again, and still everything is cleaned up."""
    running = started(journey, "stubborn").signal(signal.SIGINT).wait_for("no\n")
    before = time.monotonic()

    result = running.signal(signal.SIGINT).finish(30)

    assert result.exit_code == 130
    assert time.monotonic() - before < 8


def test_a_third_signal_leaves_at_once_and_says_what_is_left(journey: Journey) -> None:
    """The commands that it prints do clean up."""
    running = started(journey, "stubborn")
    running.signal(signal.SIGINT).wait_for("no\n")
    os.kill(running.pid, signal.SIGSTOP)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(running.pid, number)
    os.kill(running.pid, signal.SIGCONT)

    result = running.finish(30)

    assert result.exit_code == 130
    commands = [line for line in result.stderr.splitlines() if line.startswith("docker ")]
    for command in commands:
        done = subprocess.run(command.split(), capture_output=True, text=True, check=False, timeout=60)
        # What was under way when the third signal came may have been done all the same.
        gone = any(words in done.stderr for words in ("not found", "already in progress"))
        assert done.returncode == 0 or gone, (command, done.stderr)
    assert any("network rm" in command for command in commands)


def test_an_interrupt_while_waiting_for_health(journey: Journey) -> None:
    """The wait ends at once."""
    journey.file("batect.yml", CONFIG)
    running = journey.start("run", "-o", "json", "waiting").wait_for('"HealthProbed"')
    before = time.monotonic()

    result = running.signal(signal.SIGINT).finish(30)

    assert result.exit_code == 130
    assert time.monotonic() - before < 8
    assert "never" not in result.stdout


def test_an_interrupt_at_any_moment_leaves_nothing(journey: Journey) -> None:
    """Wherever in the run the signal falls, the journey's own check finds nothing left.

    While the interpreter itself still starts, nobody has taken charge of the signal: it ends the process,
    or, from within the modules that the interpreter loads for itself, what it calls a fatal error of its own.
    """
    journey.file("batect.yml", CONFIG)
    for moment in (0.15, 0.25, 0.35, 0.5, 0.7, 0.9):
        running = journey.start("run", "deaf", env=NOT_MEASURED)
        time.sleep(moment)
        result = running.signal(signal.SIGINT).finish(30)
        early = result.exit_code == 1 and "init_import_site" in result.stderr
        assert result.exit_code in (130, -signal.SIGINT) or early, (moment, result)


def piped(journey: Journey, task: str) -> "subprocess.Popen[bytes]":
    """Start a task whose output goes into a pipe of the test's own."""
    journey.file("batect.yml", CONFIG)
    return subprocess.Popen(
        [program(), "run", "-o", "quiet", task],
        cwd=journey.folder,
        env=journey.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_reader_that_goes_away_ends_the_run(journey: Journey) -> None:
    """`taskrunner run … | head -1` does not run for ever, and cleans up."""
    with piped(journey, "noisy") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"1\n"
        running.stdout.close()

        assert running.wait(30) == 141
        assert running.stderr is not None
        assert running.stderr.read() == b""


def test_a_reader_that_stops_reading_does_not_stop_ctrl_c(journey: Journey) -> None:
    """A full pipe blocks the output, not the interrupt."""
    with piped(journey, "noisy") as running:
        assert running.stdout is not None
        running.stdout.read(1)
        time.sleep(2)  # by now the pipe is full

        before = time.monotonic()
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
        assert time.monotonic() - before < 15
