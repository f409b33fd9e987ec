"""The commonest journeys on an engine of API 1.44 or newer, with its own client and the plugin buildx."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pytest

from tests.support.common_project import SECRETIVE_DOCKERFILE, CommonJourneys, common_config
from tests.support.images import BUSYBOX, import_busybox
from tests.support.journey import Journey
from tests.support.newer_engine import NewerFiles, newer_files
from tests.support.own_engine import OwnEngine

if TYPE_CHECKING:
    from docker import DockerClient

# With the mark, for tests that measure time have the machine for themselves.
pytestmark = pytest.mark.engine

CONFIG = common_config(
    """\
  built:
    build_directory: image
    build_target: second
    build_args: {WORD: built}
    build_secrets: {token: {environment: TOKEN}, file: {path: secret.txt}}
""",
    """\
  build: {run: {container: built, command: cat /told}}
  size: {run: {container: alone, command: stty size}}
""",
)


class Newer(NamedTuple):
    """A newer engine, and where its programs are."""

    engine: OwnEngine
    files: NewerFiles
    docker: "DockerClient"

    def left(self) -> list[str]:
        """Return a line for each container and network that somebody made and did not remove."""
        names = [f"container {each['Names'][0]}" for each in self.docker.api.containers(all=True)]
        networks = [each["Name"] for each in self.docker.api.networks()]
        return names + [f"network {name}" for name in networks if name not in ("bridge", "host", "none")]


@pytest.fixture(scope="module")
def newer() -> Iterator[Newer]:
    """Start an engine of our own."""
    files = newer_files()
    engine = OwnEngine(400, files.path)
    client = engine.client()
    import_busybox(client, BUSYBOX)
    yield Newer(engine, files, client)
    client.close()
    engine.close()


@pytest.fixture
def project(journey: Journey, newer: Newer) -> Iterator[Journey]:
    """Give a project on it; nothing of it is left there."""
    journey.file("taskrunner.yml", CONFIG).file("secret.txt", " filed ")
    journey.file("image/Dockerfile", SECRETIVE_DOCKERFILE.replace("nothing", journey.project))
    journey.environment |= {"DOCKER_HOST": newer.engine.address, "PATH": newer.files.path, "TOKEN": "s3cr3t"}
    if newer.files.plugins is not None:
        docker = journey.home / ".docker"
        docker.mkdir()
        (docker / "cli-plugins").symlink_to(newer.files.plugins)
    yield journey
    left = newer.left()
    journey.run("clean")
    assert [] == left


@pytest.fixture
def left(newer: Newer) -> Callable[[], list[str]]:
    """Give what tells what is left on the engine."""
    return newer.left


class TestCommonly(CommonJourneys):
    """The commonest journeys."""


def test_it_is_newer(newer: Newer) -> None:
    """The engine takes a size with a container's creation, which API 1.42 brought."""
    version = newer.docker.api.version()

    assert (1, 44) <= tuple(map(int, version["ApiVersion"].split("."))), version


def test_events(project: Journey) -> None:
    """A whole run is told as events, and nothing else."""
    result = project.run("run", "-o", "json", "all", stdin="from here\n")

    assert (7, "") == (result.exit_code, result.stderr)
    assert "from here\nset-up\n" == printed(result.stdout)


def printed(events: str) -> str:
    """Return what containers printed."""
    return "".join(e["text"] for e in map(json.loads, events.splitlines()) if e["event"] == "ContainerOutput")


def test_the_size_is_there_at_once(project: Journey) -> None:
    """A program that asks first thing of all is told the size, whatever it is."""
    for size in ((24, 80), (31, 97), (50, 211)):
        terminal = project.terminal("run", "-o", "quiet", "size", size=size)

        assert f"{size[0]} {size[1]}\r\n" == terminal.read()


def test_the_size_follows(project: Journey) -> None:
    """In a shell it is right from the first prompt on, and after each change."""
    terminal = project.terminal("run", "-o", "quiet", "shell", size=(31, 97))
    terminal.expect("# ")
    for size in ((31, 97), (40, 120), (12, 40)):
        terminal.setwinsize(*size)
        # The change takes its way through the program and the engine.
        terminal.sendline(f'while [ "$(stty size)" != "{size[0]} {size[1]}" ]; do :; done; echo is=$((6*7))')
        terminal.expect("is=42")
    terminal.sendline("exit 5")
    terminal.expect(pexpect.EOF)
    terminal.wait()

    assert 5 == terminal.exitstatus


def test_a_build(project: Journey) -> None:
    """The real plugin takes secrets, arguments, targets and caches, tells its steps, and does so once."""
    first = project.run("run", "-o", "json", "build")
    second = project.run("run", "-o", "json", "build")

    assert (0, "") == (first.exit_code, first.stderr), first
    events = [json.loads(line) for line in first.stdout.splitlines()]
    steps = {(e["stage"], e["step"], e["total"]) for e in events if e["event"] == "ImageBuildProgress"}
    assert {("first", 1, 2), ("first", 2, 2), ("second", 1, 1)} == steps
    said = "".join(e["text"] for e in events if e["event"] == "ImageBuildOutput")
    assert "\nnoise\n" in said
    assert "{" not in said
    assert "s3cr3t filed built\n" == printed(first.stdout) == printed(second.stdout)
    assert '"event": "ImageBuildStarted"' not in second.stdout
    assert "Deleted 1 built image" in project.run("clean", "--images").stdout


def test_a_build_that_fails(project: Journey) -> None:
    """The command's own output is there once, with the reason, and nothing that was meant for programs."""
    project.file("image/Dockerfile", f"FROM {BUSYBOX} AS second\nRUN echo oh dear && exit 3\n")

    result = project.run("run", "build")

    assert 125 == result.exit_code
    assert 1 == result.stderr.count("\noh dear\n")
    assert "exit code: 3" in result.stderr
    assert "sha256" not in result.stderr


def test_an_old_fashioned_build(project: Journey) -> None:
    """The engine's classic builder answers as ever."""
    project.file("taskrunner.yml", CONFIG.replace("    build_secrets:", "    # build_secrets:"))
    project.file("image/Dockerfile", f"FROM {BUSYBOX} AS second\nARG WORD\nRUN echo $WORD > /told\n")

    result = project.run("run", "-o", "quiet", "build", env={"DOCKER_BUILDKIT": "0"})

    assert (0, "built\n") == (result.exit_code, result.stdout), result
