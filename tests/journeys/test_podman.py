"""The commonest journeys on Podman, which speaks Docker's API with an accent of its own."""

import contextlib
import fcntl
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.common_project import CommonJourneys, common_config
from tests.support.journey import Journey
from tests.support.podman import Podman
from tests.support.proxy import Proxy

if TYPE_CHECKING:
    from docker import DockerClient

# With the mark, for the image comes from the engine.
pytestmark = pytest.mark.engine

TRAP = """trap 'echo bye; exit' INT; echo up; while sleep 1; do :; done"""
CONFIG = common_config(
    """\
  built: {build_directory: image}
""",
    """\
  build: {run: {container: built, command: cat /made}}
  ends: {run: {container: app, command: sh trap.sh}}
  fetch: {run: {container: app, command: wget -q -O - http://somewhere.example/}}
  fetch-alone: {run: {container: alone, command: wget -q -O - http://somewhere.example/}}
""",
)


@pytest.fixture(scope="module")
def podman(engine: "DockerClient", busybox: str) -> Iterator[Podman]:
    """Give a service of our own."""
    with tempfile.TemporaryDirectory(prefix="pod", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        made = Podman(Path(folder), busybox, engine)
        yield made
        made.close()


@pytest.fixture
def project(journey: Journey, podman: Podman) -> Iterator[Journey]:
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


@pytest.fixture
def left(podman: Podman) -> Callable[[], list[str]]:
    """Give what tells what is left on it."""
    return podman.left


class TestCommonly(CommonJourneys):
    """The commonest journeys."""


def test_a_command_that_ends_itself(project: Journey) -> None:
    """A program that ends in its own way at Ctrl-C is let do so."""
    running = project.start("run", "-o", "quiet", "ends").wait_for("up")
    running.signal(signal.SIGINT, group=True)
    result = running.finish()

    assert (130, "up\nbye\n") == (result.exit_code, result.stdout)
    assert "Error:" not in result.stderr


@pytest.mark.parametrize("style", ["simple", "all", "json"])
def test_styles(project: Journey, style: str) -> None:
    """A dependency that is killed in the end is no failure, in whatever way its end becomes known."""
    result = project.run("run", "-o", style, "all")

    assert (7, "") == (result.exit_code, result.stderr)


def test_a_build(project: Journey) -> None:
    """Podman's builder answers as Docker's does."""
    text = "FROM localhost/taskrunner-test/busybox:1\nRUN echo made > /made\n"
    result = project.file("image/Dockerfile", text).run("run", "-o", "quiet", "build")

    assert (0, "made\n") == (result.exit_code, result.stdout)
    assert "Deleted 1 built image" in project.run("clean", "--images").stdout


def test_a_shell(project: Journey) -> None:
    """Keys, size and exit code go through."""
    terminal = project.terminal("run", "-o", "quiet", "shell")

    terminal.expect("/ #")
    terminal.sendline("stty size; exit 5")
    terminal.expect("24 80\r\n")
    terminal.wait()

    assert 5 == terminal.exitstatus


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_proxy_on_localhost(project: Journey, address: str) -> None:
    """It is reached from a network of the task's own, from the usual one, and by builds."""
    text = "FROM localhost/taskrunner-test/busybox:1\nRUN wget -q -O /made http://somewhere.example/\n"
    project.file("image/Dockerfile", text)
    with contextlib.closing(Proxy(address)) as proxy:
        env = {"http_proxy": f"http://localhost:{proxy.port}"}
        for task in ("fetch", "fetch-alone", "build"):
            result = project.run("run", "-o", "quiet", task, env=env)

            assert (0, "by the proxy\n", "") == (result.exit_code, result.stdout, result.stderr), task
            assert ["http://somewhere.example/"] == proxy.asked
            proxy.asked.clear()
    project.run("clean", "--images")
