"""A shell where a task failed, and where one would run; both leave nothing behind."""

import io
import signal
import tarfile
import uuid
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.support.journey import Journey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    build_directory: image
    working_directory: /code
    environment: {GREETING: hello}
    volumes: ['.:/code']
  db:
    image: taskrunner-test/busybox:1
    command: sh -c 'mkdir /www; echo rows > /www/table; exec httpd -f -p 80 -h /www'
    health_check:
      command: wget -q -O /dev/null http://localhost/table
      interval: 1s
  sick:
    image: taskrunner-test/busybox:1
    command: sh -c 'echo broken > /why; exec sleep 600'
    health_check: {command: "false", interval: 100ms, retries: 1}
tasks:
  test:
    dependencies: [db]
    run:
      container: app
      command: sh -c 'echo disk > /tmp/state; echo volume > /data/state; exit 3'
  succeed: {run: {container: app, command: "true"}}
  typo: {run: {container: app, command: no-such-program}}
  unhealthy: {dependencies: [sick], run: {container: app, command: "true"}}
  after: {prerequisites: [test], run: {container: app, command: "true"}}
  prepared:
    prerequisites: [prepare]
    dependencies: [db]
    run: {container: app, command: "false"}
  prepare: {run: {container: app, command: touch prepared-file}}
  gather: {prerequisites: [prepare]}
"""


@pytest.fixture
def project(journey: Journey, engine: "DockerClient") -> "Iterator[Journey]":
    """Write the project; at its end, no image that was made of a container may be left."""
    journey.file("taskrunner.yml", CONFIG)
    journey.file("image/Dockerfile", "FROM taskrunner-test/busybox:1\nVOLUME /data\n")
    yield journey
    made = engine.images.list(
        all=True, filters={"label": [f"taskrunner.project={journey.project}", "taskrunner.run"]}
    )
    assert [] == made


def open_shell(project: Journey, *arguments: str) -> "pexpect.spawn[str]":
    """Start a command and wait for the shell's prompt."""
    child = project.terminal(*arguments, timeout=60)
    child.expect("# ")
    return child


def ask(child: "pexpect.spawn[str]", command: str, *expected: str) -> None:
    """Type a command into the shell and look for lines of its output."""
    child.sendline(command)
    child.expect("\r\n")
    for line in expected:
        child.expect_exact(line)
    child.expect("# ")


def leave(child: "pexpect.spawn[str]", code: int = 0) -> int:
    """Leave the shell, wait for the program's end, and return its exit code."""
    child.sendline(f"exit {code}")
    child.expect(pexpect.EOF)
    child.wait()
    print(child.before)  # what a failing test shows
    return int(child.exitstatus or 0)


@pytest.mark.parametrize("style", ["fancy", "simple", "quiet"])
def test_where_a_task_failed(project: Journey, style: str) -> None:
    """The shell has the failed container's disk, volumes, mounts, environment and network, and its peers."""
    child = project.terminal("run", "-o", style, "--shell-on-failure", "test", timeout=60)
    child.expect("failed with exit code 3")
    child.expect("# ")
    ask(child, "cat /tmp/state /data/state", "disk", "volume")
    ask(child, "echo $GREETING in $PWD; ls", "hello in /code", "taskrunner.yml")
    ask(child, "wget -q -O - http://db/table", "rows")
    ask(child, "hostname; stty size", "app", "24 80")

    assert 3 == leave(child, 5)


def test_where_a_prerequisite_failed(project: Journey) -> None:
    """It opens for whichever task failed, and no later one runs."""
    child = open_shell(project, "run", "-o", "quiet", "--shell-on-failure", "after")
    ask(child, "cat /tmp/state", "disk")

    assert 3 == leave(child)


def test_where_a_command_does_not_exist(project: Journey) -> None:
    """A container that never ran can be looked into as well."""
    child = open_shell(project, "run", "-o", "quiet", "--shell-on-failure", "typo")
    ask(child, "hostname", "app")

    assert 127 == leave(child)


def test_where_a_dependency_failed(project: Journey) -> None:
    """The shell opens in the dependency that did not become healthy."""
    child = open_shell(project, "run", "-o", "quiet", "--shell-on-failure", "unhealthy")
    ask(child, "cat /why; hostname", "broken", "sick")

    assert 125 == leave(child)


def test_after_success(project: Journey) -> None:
    """Nothing opens where nothing failed."""
    child = project.terminal("run", "-o", "quiet", "--shell-on-failure", "succeed", timeout=60)
    child.expect(pexpect.EOF)
    child.wait()

    assert (0, "") == (child.exitstatus, str(child.before).strip())


def test_a_signal_ends_it(project: Journey) -> None:
    """SIGTERM closes the shell, cleans up, and decides the exit code."""
    child = open_shell(project, "run", "-o", "quiet", "--shell-on-failure", "test")
    child.kill(signal.SIGTERM)
    child.expect(pexpect.EOF)
    child.wait()

    assert 143 == child.exitstatus


def test_without_a_terminal(project: Journey) -> None:
    """It is refused before anything runs, with what to do instead."""
    result = project.run("run", "--shell-on-failure", "test")

    assert (2, "") == (result.exit_code, result.stdout)
    assert "--shell-on-failure needs a terminal" in result.stderr
    assert "--no-cleanup-after-failure" in result.stderr


def test_an_image_without_a_shell(project: Journey, engine: "DockerClient") -> None:
    """It says so, and cleans up."""
    name = f"taskrunner-test-shell-less-{uuid.uuid4().hex[:8]}"
    engine.api.import_image_from_data(only_false(), repository=name, tag="1")
    try:
        project.file(
            "taskrunner.yml",
            f"containers: {{app: {{image: '{name}:1', command: /false}}}}\n"
            "tasks: {test: {run: {container: app}}}\n",
        )
        child = project.terminal("run", "--shell-on-failure", "test", timeout=60)
        child.expect("No shell could be opened in")
        child.expect(pexpect.EOF)
        child.wait()
    finally:
        engine.images.remove(f"{name}:1", force=True)

    assert 1 == child.exitstatus


def only_false() -> bytes:
    """Return an image's files: a program that fails, and nothing else."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add("/bin/busybox", "false")
    return buffer.getvalue()


def test_where_a_task_would_run(project: Journey) -> None:
    """Prerequisites have run, dependencies are up, and the shell's exit code is the command's."""
    child = open_shell(project, "shell", "prepared")
    ask(child, "ls; echo $GREETING; wget -q -O - http://db/table", "prepared-file", "hello", "rows")

    assert 9 == leave(child, 9)


def test_commands_from_a_pipe(project: Journey) -> None:
    """The shell reads standard input where that is no terminal."""
    result = project.run("shell", "-o", "quiet", "--skip-prerequisites", "prepared", stdin="pwd\nexit 4\n")

    assert (4, "/code\n") == (result.exit_code, result.stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("shell", "gather"), "Task 'gather' only has prerequisites"),
        (("shell", "test", "--", "-x"), "A shell takes no arguments, but '-x' stands behind --."),
        (("shell",), "Which task? None is named."),
    ],
)
def test_mistakes(project: Journey, arguments: tuple[str, ...], message: str) -> None:
    """They are found before anything runs."""
    result = project.run(*arguments)

    assert (2, "") == (result.exit_code, result.stdout)
    assert message in result.stderr
