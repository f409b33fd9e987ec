"""The commonest journeys on Podman, which speaks Docker's API with an accent of its own."""

import contextlib
import fcntl
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.common_project import COMMON_CONTAINERS
from tests.support.journey import Journey
from tests.support.podman import Podman
from tests.support.proxy import Proxy

if TYPE_CHECKING:
    from docker import DockerClient

# With the mark, for the image comes from the engine.
pytestmark = pytest.mark.engine

TRAP = """trap 'echo bye; exit' INT; echo up; while sleep 1; do :; done"""
CONFIG = (
    COMMON_CONTAINERS
    + """\
  built: {build_directory: image}
  alone: {image: taskrunner-test/busybox:1}
tasks:
  all: {run: {container: app, command: sh -c 'cat; ls set-up; ping -c 1 -W 5 db >/dev/null && exit 7'}}
  missing: {run: {container: alone, command: not-there}}
  me: {run: {container: me, command: sh -c 'echo $HOME; touch made; ls /cache; touch /cache/kept'}}
  sick: {run: {container: patient, command: echo never}}
  build: {run: {container: built, command: cat /made}}
  wait: {run: {container: app, command: sh -c 'echo up; sleep 60'}}
  ends: {run: {container: app, command: sh trap.sh}}
  much: {run: {container: alone, command: sh -c 'head -c 3000000 /dev/zero; echo end >&2'}}
  shell: {run: {container: alone, command: sh}}
  fetch: {run: {container: app, command: wget -q -O - http://somewhere.example/}}
  fetch-alone: {run: {container: alone, command: wget -q -O - http://somewhere.example/}}
"""
)


@pytest.fixture(scope="module")
def podman(engine: "DockerClient", busybox: str) -> Iterator[Podman]:
    """Give a service of our own."""
    with tempfile.TemporaryDirectory(prefix="pod", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        made = Podman(Path(folder), busybox, engine)
        yield made
        made.close()


@pytest.fixture
def on_podman(journey: Journey, podman: Podman) -> Iterator[Journey]:
    """Give a project on Podman; nothing of it is left there.

    Services of several test processes would take the same addresses for their networks: one at a time.
    """
    with open(f"{tempfile.gettempdir()}/taskrunner-podman-{os.getuid()}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield from _project(journey, podman)


def _project(journey: Journey, podman: Podman) -> Iterator[Journey]:
    journey.file("taskrunner.yml", CONFIG).file("trap.sh", TRAP)
    journey.environment["DOCKER_HOST"] = podman.address
    yield journey
    left = podman.left()
    journey.run("clean")
    assert [] == left


def test_a_whole_run(on_podman: Journey) -> None:
    """Dependencies, health checks, set-up, mounts, input, names of containers and exit codes."""
    result = on_podman.run("run", "-o", "quiet", "all", stdin="from here\n")

    assert (7, "from here\nset-up\n", "") == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize("style", ["simple", "all", "json"])
def test_styles(on_podman: Journey, style: str) -> None:
    """A dependency that is killed in the end is no failure, in whatever way its end becomes known."""
    result = on_podman.run("run", "-o", style, "all")

    assert (7, "") == (result.exit_code, result.stderr)


def test_much_output(on_podman: Journey) -> None:
    """All of both streams arrives."""
    result = on_podman.run("run", "-o", "quiet", "much")

    assert (0, 3_000_000, "end\n") == (result.exit_code, len(result.stdout_bytes), result.stderr)


def test_a_command_that_is_missing(on_podman: Journey) -> None:
    """Its name is told, with the exit code of a shell."""
    result = on_podman.run("run", "missing")

    assert 127 == result.exit_code
    assert "The command 'not-there' was not found" in result.stderr


def test_current_user_and_caches(on_podman: Journey) -> None:
    """The home folder is there, and a cache outlives the run."""
    first = on_podman.run("run", "-o", "quiet", "me")
    second = on_podman.run("run", "-o", "quiet", "me")

    assert (0, "/home/me\n") == (first.exit_code, first.stdout), first
    assert (0, "/home/me\nkept\n") == (second.exit_code, second.stdout), second
    assert "Deleted 1 cache volume" in on_podman.run("clean", "--caches").stdout


def test_a_dependency_that_is_unhealthy(on_podman: Journey) -> None:
    """Its probe's output is told."""
    result = on_podman.run("run", "sick")

    assert 125 == result.exit_code
    assert "sick did not become healthy" in result.stderr
    assert "no good" in result.stderr


def test_a_build(on_podman: Journey) -> None:
    """Podman's builder answers as Docker's does."""
    text = "FROM localhost/taskrunner-test/busybox:1\nRUN echo made > /made\n"
    result = on_podman.file("image/Dockerfile", text).run("run", "-o", "quiet", "build")

    assert (0, "made\n") == (result.exit_code, result.stdout)
    assert "Deleted 1 built image" in on_podman.run("clean", "--images").stdout


@pytest.mark.parametrize(("task", "said"), [("wait", "up\n"), ("ends", "up\nbye\n")])
def test_ctrl_c(on_podman: Journey, task: str, said: str) -> None:
    """The container hears of it, and everything is removed."""
    running = on_podman.start("run", "-o", "quiet", task).wait_for("up")
    running.signal(signal.SIGINT, group=True)
    result = running.finish()

    assert (130, said) == (result.exit_code, result.stdout)
    assert "Error:" not in result.stderr


def test_a_killed_run_is_swept(on_podman: Journey, podman: Podman) -> None:
    """What a run left that was killed with nine is gone after the next one."""
    running = on_podman.start("run", "-o", "quiet", "wait").wait_for("up")
    running.signal(signal.SIGKILL)
    running.finish()
    assert 3 == len(podman.left())

    assert 7 == on_podman.run("run", "all").exit_code


def test_a_shell(on_podman: Journey) -> None:
    """Keys, size and exit code go through."""
    terminal = on_podman.terminal("run", "-o", "quiet", "shell")

    terminal.expect("/ #")
    terminal.sendline("stty size; exit 5")
    terminal.expect("24 80\r\n")
    terminal.wait()

    assert 5 == terminal.exitstatus


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_proxy_on_localhost(on_podman: Journey, address: str) -> None:
    """It is reached from a network of the task's own, from the usual one, and by builds."""
    text = "FROM localhost/taskrunner-test/busybox:1\nRUN wget -q -O /made http://somewhere.example/\n"
    on_podman.file("image/Dockerfile", text)
    with contextlib.closing(Proxy(address)) as proxy:
        env = {"http_proxy": f"http://localhost:{proxy.port}"}
        for task in ("fetch", "fetch-alone", "build"):
            result = on_podman.run("run", "-o", "quiet", task, env=env)

            assert (0, "by the proxy\n", "") == (result.exit_code, result.stdout, result.stderr), task
            assert ["http://somewhere.example/"] == proxy.asked
            proxy.asked.clear()
    on_podman.run("clean", "--images")
