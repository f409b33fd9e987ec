"""A person's terminal as the container's own."""

import signal
import termios
import time

import pexpect
import pytest

from tests.support.journey import Journey
from tests.support.tmux import Tmux

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    image: taskrunner-test/busybox:1
  db:
    image: taskrunner-test/busybox:1
    command: sleep 600
tasks:
  shell: {run: {container: app, command: sh}}
  size:
    run:
      container: app
      command: sh -c 'sleep 0.5; stty size; trap "stty size" WINCH; while true; do sleep 0.1; done'
  is-terminal: {run: {container: app, command: sh -c 'test -t 0 && test -t 1 && echo is one || echo is none'}}
  first: {run: {container: app, command: sh -c 'test -t 0 && echo is one || echo is none'}}
  second:
    prerequisites: [first]
    dependencies: [db]
    run:
      container: app
      command: sh -c 'read line; echo "read $line, $TERM"'
  fail: {run: {container: app, command: sh -c 'exit 7'}}
  screen:
    run:
      container: app
      command: sh -c 'printf "\\033[?1049h\\033[?25lfull %s" screen; exec sleep 600'
  colours:
    run:
      container: app
      command: sh -c 'printf "\\033[31mred\\033[0m %s" "$TERM"'
"""

CRASH = """\
import sys, threading
from taskrunner.execution import exits, task_run

def fail(*arguments, **options):
    raise RuntimeError("a fault of ours")

if {in_main_thread}:
    take = task_run.TaskRun._take
    def note(self, item):
        if type(item).__name__ == "ContainerStarted":
            threading.Event().wait(1.0)
            fail()
        take(self, item)
    task_run.TaskRun._take = note
else:
    exits.ExitWatch.wait = fail
"""


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Write the project."""
    return journey.file("batect.yml", CONFIG)


def end(child: "pexpect.spawn[str]") -> int:
    """Wait for the end of the program and return its exit code, negative for a signal."""
    child.expect(pexpect.EOF)
    child.wait()
    return int(child.exitstatus) if child.exitstatus is not None else -int(child.signalstatus or 0)


def test_a_shell_is_a_shell(project: Journey) -> None:
    """Keys reach it one by one, it echoes and prompts, and its exit code is the command's."""
    child = project.terminal("run", "-o", "quiet", "shell")
    child.expect("# ")
    child.sendline("echo $((6*7))")
    child.expect("\r\n42\r\n")
    child.expect("# ")
    child.sendline("exit 3")

    assert end(child) == 3


def test_control_keys_belong_to_the_shell(project: Journey) -> None:
    """Ctrl-C ends its command and not ours, Ctrl-P comes at once, Ctrl-D ends it."""
    child = project.terminal("run", "-o", "quiet", "shell")
    child.expect("# ")
    child.sendline("sleep 600")
    time.sleep(0.5)
    child.sendcontrol("c")
    child.expect("# ")
    child.sendline("echo again")
    child.expect("\r\nagain\r\n")
    child.expect("# ")
    child.sendcontrol("p")
    child.expect("echo again")
    child.sendcontrol("c")
    child.expect("# ")
    child.sendcontrol("d")

    assert end(child) in (0, 130)


def test_the_size_is_right_and_follows(project: Journey) -> None:
    """The container's terminal is as large as the person's, also after it changed."""
    child = project.terminal("run", "-o", "quiet", "size", size=(31, 97))
    child.expect("31 97")
    child.setwinsize(40, 120)
    child.expect("40 120")
    child.sendcontrol("c")

    assert end(child) == 130


def test_the_terminal_is_given_back(project: Journey) -> None:
    """After the run, and after a signal in the middle of it, its settings are as before."""
    child = project.terminal("run", "-o", "quiet", "fail")
    before = termios.tcgetattr(child.child_fd)
    assert end(child) == 7

    child = project.terminal("run", "-o", "quiet", "shell")
    child.expect("# ")
    assert termios.tcgetattr(child.child_fd) != before
    child.kill(signal.SIGTERM)
    assert end(child) == 143


def test_a_stopped_run_goes_on(project: Journey) -> None:
    """SIGTSTP gives the terminal back and stops; SIGCONT takes it again."""
    child = project.terminal("run", "-o", "quiet", "shell")
    usual = termios.tcgetattr(child.child_fd)
    child.expect("# ")
    raw = termios.tcgetattr(child.child_fd)
    child.kill(signal.SIGTSTP)
    wait_until_stopped(child.pid)
    assert usual[3] == termios.tcgetattr(child.child_fd)[3]

    child.kill(signal.SIGCONT)
    child.sendline("echo back")
    child.expect("\r\nback\r\n")
    assert raw[3] == termios.tcgetattr(child.child_fd)[3]
    child.sendline("exit")
    assert end(child) == 0


def test_both_ends_have_to_be_terminals(project: Journey) -> None:
    """A pipe on either side means that the container gets no terminal."""
    assert project.run("run", "-o", "quiet", "is-terminal").stdout == "is none\n"
    child = project.terminal("run", "-o", "quiet", "is-terminal")
    child.expect("is one")
    assert end(child) == 0


def test_a_pipe_on_one_side(project: Journey) -> None:
    """On a terminal too, a pipe before or behind the command means that the container gets none."""
    with Tmux(project, columns=100) as terminal:
        terminal.line("taskrunner run -o quiet is-terminal | sed 's/is/out/'")
        terminal.wait_for("out none")
        terminal.line("echo | taskrunner run -o quiet is-terminal | tee in")
        terminal.wait_for("is none")


def test_full_screen_programs(project: Journey) -> None:
    """An editor has the whole screen, follows its size, and leaves what was there before."""
    with Tmux(project, columns=60, rows=12) as terminal:
        terminal.line("taskrunner run shell")
        terminal.wait_for("/ #")
        terminal.line("vi /etc/passwd")
        terminal.wait_until(lambda: terminal.screen()[11].startswith("- /etc/passwd"))
        assert terminal.screen()[0].startswith("root:")
        terminal.resize(40, 8)
        terminal.wait_until(lambda: terminal.screen()[7].startswith("- /etc/passwd"))
        terminal.line(":q!")
        terminal.line("top")
        terminal.wait_until(lambda: terminal.screen()[0].startswith("Mem:"))
        terminal.press("q")
        terminal.line("exit")
        lines = terminal.wait_for("finished with exit code")

    assert any(line.startswith("Running shell") for line in lines)
    assert not any(line.startswith("- /etc/passwd") for line in lines)


def test_ctrl_z_belongs_to_the_shell(project: Journey) -> None:
    """The container's shell stops its command, and brings it back."""
    child = project.terminal("run", "-o", "quiet", "shell")
    child.expect("# ")
    child.sendline("sleep 600")
    time.sleep(0.5)
    child.sendcontrol("z")
    child.expect("Stopped")
    child.expect("# ")
    child.sendline("fg")
    child.expect("sleep 600\r\n")
    time.sleep(0.5)
    child.sendcontrol("c")
    child.expect("# ")
    child.sendline("exit 4")

    assert end(child) == 4


def test_colours_and_the_kind_of_terminal(project: Journey) -> None:
    """Colours come through as they are, and the container knows the terminal's kind."""
    child = project.terminal("run", "-o", "quiet", "colours", env={"TERM": "xterm-256color"})
    child.expect_exact("\x1b[31mred\x1b[0m xterm-256color")

    assert end(child) == 0


@pytest.mark.parametrize("style", ["quiet", "fancy"])
def test_the_screen_is_given_back(project: Journey, style: str) -> None:
    """What a full-screen program that was killed left of its screen is undone, and its cursor shown."""
    child = project.terminal("run", "-o", style, "screen")
    usual = termios.tcgetattr(child.child_fd)
    child.expect("full screen")
    child.kill(signal.SIGTERM)
    child.expect_exact("\x1b[?25h\x1b[?1049l")
    assert end(child) == 143
    assert usual[3] == termios.tcgetattr(child.child_fd)[3]


@pytest.mark.parametrize(("in_main_thread", "task"), [(True, "screen"), (False, "is-terminal")])
def test_given_back_after_a_crash_of_ours(project: Journey, in_main_thread: bool, task: str) -> None:
    """A fault in the program itself leaves the person's terminal and screen as they were."""
    code = CRASH.format(in_main_thread=in_main_thread)
    project.file("site/sitecustomize.py", code)
    child = project.terminal("run", task, env={"PYTHONPATH": str(project.folder / "site")})
    usual = termios.tcgetattr(child.child_fd)
    assert end(child) == 1
    assert usual == termios.tcgetattr(child.child_fd)
    if in_main_thread:
        assert "full screen" in str(child.before)
        assert "\x1b[?1049l" in str(child.before)


def test_prerequisites_and_dependencies_take_no_keyboard(project: Journey) -> None:
    """What is typed early waits for the task that was named, and TERM is passed on."""
    child = project.terminal("run", "second", env={"TERM": "xterm"})
    child.sendline("typed early")
    child.expect("is none")
    child.expect("read typed early, xterm")
    assert end(child) == 0


def wait_until_stopped(pid: int) -> None:
    """Wait until a process is stopped, and fail where it does not stop."""
    for _ in range(200):
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            if file.read().rpartition(")")[2].split()[0] == "T":
                return
        time.sleep(0.05)
    raise AssertionError("it does not stop")
