"""The live display of a run, in a real terminal emulator."""

import re
import time

import pexpect
import pytest

from tests.support.journey import Journey
from tests.support.tmux import Tmux

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  database:
    image: taskrunner-test/busybox:1
    command: sh -c 'sleep 1; touch /tmp/up; exec sleep 600'
    health_check:
      command: "test -f /tmp/up || { echo connection refused; exit 1; }"
      interval: 20s
      retries: 2
    setup_commands: [{command: sh -c 'sleep 0.5'}]
  broken:
    image: taskrunner-test/busybox:1
    command: sh -c 'echo no password given; exec sleep 600'
    health_check: {command: "echo connection refused; exit 1", interval: 0.2s, retries: 2}
  app:
    build_directory: app
    dependencies: [database]
  shell:
    image: taskrunner-test/busybox:1
tasks:
  test: {run: {container: app, command: cat /words}}
  quick: {run: {container: shell, command: sh -c 'printf "no line break"'}}
  broken: {dependencies: [broken], run: {container: shell, command: "true"}}
"""

DOCKERFILE = """\
FROM taskrunner-test/busybox:1
RUN sleep 1
RUN echo one two three > /words
"""


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Write the project, whose build is done by nobody before."""
    stamp = f"ENV STAMP={time.time_ns()}\n"
    return journey.file("batect.yml", CONFIG).file(
        "app/Dockerfile", DOCKERFILE.replace("RUN sleep", f"{stamp}RUN sleep")
    )


def steady(lines: list[str]) -> list[str]:
    """Return a run's lines without the times in them, which differ."""
    return [re.sub(r" in [\d.]+s\.$", " in 1s.", line) for line in lines]


@pytest.mark.parametrize("columns", [40, 200])
def test_a_whole_run(project: Journey, columns: int) -> None:
    """In a narrow and in a wide terminal, what stays on the screen is the same, whole and in order."""
    with Tmux(project, columns=columns) as terminal:
        terminal.line("taskrunner run test")
        live = terminal.wait_for("waiting for health")
        lines = terminal.wait_for("finished with exit code")

    assert ["$ taskrunner run test", "Running test..."] == live[:2]
    assert len(live[2:]) == 2
    cleaned = [line for line in lines if "Cleaned up 2 containers and the network" in line]
    assert len(cleaned) == 1
    assert [*steady(lines[:7]), *steady(lines[8:9])] == [
        "$ taskrunner run test",
        "Running test...",
        "✓ database  ready",
        "• app       running cat /words",
        "",
        "one two three",
        "",
        "test finished with exit code 0 in 1s.",
    ]


def test_resized_typed_at_and_stopped(project: Journey) -> None:
    """A change of size, keys that are typed early and Ctrl-Z leave the display whole and lose no line."""
    with Tmux(project, columns=100) as terminal:
        terminal.line("taskrunner run test")
        terminal.wait_for("waiting for health")
        terminal.resize(30)
        terminal.press("k", "e", "y", "s", "Enter", "Enter")
        terminal.wait_until(lambda: any("…" in line for line in terminal.screen()))
        narrow = terminal.screen()
        terminal.press("C-z")
        terminal.wait_for("Stopped")
        terminal.line("stty -a | tr ' ;' '\\n\\n' | grep -x -- '-*echo'")
        terminal.wait_until(lambda: "echo" in terminal.screen())
        terminal.resize(120)
        terminal.line("fg")
        lines = terminal.wait_for("finished with exit code")

    assert sum("database" in line for line in narrow) == 1
    assert "keys" not in "".join(narrow)
    after = lines[lines.index("taskrunner run test") + 1 :]
    assert after[:5] == ["✓ database  ready", "• app       running cat /words", "", "one two three", ""]
    assert sum("Running test..." in line for line in lines) == 1


def test_in_the_background(project: Journey) -> None:
    """A run that the shell put into the background goes on there, from its start or after Ctrl-Z."""
    with Tmux(project, columns=100, rows=40) as terminal:
        terminal.line("taskrunner run quick & wait")
        terminal.wait_for("quick finished with exit code 0")
        terminal.line("taskrunner run test")
        terminal.wait_for("waiting for health")
        terminal.press("C-z")
        terminal.wait_for("Stopped")
        terminal.line("bg; wait")
        lines = terminal.wait_for("test finished with exit code 0")

    assert sum("Stopped" in line for line in lines) == 1
    assert lines.count("one two three") == 1


def test_output_without_a_line_break(project: Journey) -> None:
    """The line of clean-up stands on a line of its own."""
    with Tmux(project, columns=80) as terminal:
        terminal.line("taskrunner run quick")
        lines = terminal.wait_for("finished with exit code")

    assert steady(lines[:8]) == [
        "$ taskrunner run quick",
        "Running quick...",
        "• shell  running sh -c 'printf \"no line break\"'",
        "",
        "no line break",
        "",
        "✓ Cleaned up 1 container.",
        "quick finished with exit code 0 in 1s.",
    ]


def test_a_failure_is_explained_below(project: Journey) -> None:
    """The block stays as it was when a container failed; below is what it and its probe said last."""
    with Tmux(project, columns=120) as terminal:
        terminal.line("taskrunner run broken")
        lines = terminal.wait_for("See above for details")
        terminal.line("echo $?")
        terminal.wait_for("125")

    text = "\n".join(lines)
    assert "✗ broken  did not become healthy\n· shell   waiting for broken\n" in text
    assert "The last health check printed:\nconnection refused\n" in text
    assert "The container's last output:\nno password given\n" in text
    assert "--no-cleanup-after-failure" in text


def test_keys_typed_early_reach_the_task(project: Journey) -> None:
    """What is typed while the display is drawn is not echoed into it, and waits for the task's command."""
    config = CONFIG.replace("cat /words", "sh -c 'read line; echo got $line'")
    project.file("batect.yml", config)
    child = project.terminal("run", "-o", "fancy", "test", env={"NO_COLOR": "1", "LANG": "C"})
    child.expect("waiting for health")
    child.sendline("early")
    child.expect("got early")
    child.expect(pexpect.EOF)

    assert "\x1b[3" not in str(child.before)


def test_no_color_means_simple(project: Journey) -> None:
    """Whoever wants no colours gets lines that are never redrawn, by option and by variable."""
    for arguments, env in ((("--no-color",), {}), ((), {"NO_COLOR": "1"})):
        child = project.terminal("run", *arguments, "quick", env=env)
        child.expect(pexpect.EOF)
        assert "Cleaning up...\r\n" in str(child.before)
        assert "\x1b" not in str(child.before)


def test_the_painter_is_not_loaded_without_a_terminal(project: Journey) -> None:
    """A run into a pipe is told in lines, even where the display is asked for."""
    result = project.run("run", "-o", "fancy", "quick", env={"TERM": "xterm"})

    assert result.stderr.startswith("The output style fancy needs a terminal: simple is used instead.\n")
    assert "\x1b" not in result.stdout
