"""Files that are none: a pipe that nobody writes to, a link to a device that has no end."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.journey import Journey, program
from tests.support.running import Result

CONFIG = """\
containers:
  app: {image: 'taskrunner-test/busybox:1', volumes: [{type: cache, name: things, container: /things}]}
  built: {build_directory: image}
tasks:
  greet: {run: {container: app, command: echo hi}}
  build: {run: {container: built, command: echo hi}}
"""


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def frugal(journey: Journey, *words: str, builder: str = "1") -> Result:
    """Run the program with memory that a file without end would soon use up."""
    script = 'ulimit -v 3000000; exec "$0" "$@"'
    env = {"DOCKER_BUILDKIT": builder, "TASKRUNNER_TELEMETRY_URL": "http://127.0.0.1:9"}
    return journey.run("-c", script, program(), *words, command="/bin/sh", env=env, timeout=100)


@pytest.mark.parametrize("telemetry", ["enable", "disable"])
@pytest.mark.parametrize("make", [_pipe, _endless])
def test_a_config(journey: Journey, make: Callable[[Path], None], telemetry: str) -> None:
    """A config that is no regular file is a mistake, also for what would record the mistake."""
    assert journey.run("telemetry", telemetry).exit_code == 0
    make(journey.folder / "odd.yml")

    for words in (["list"], ["run", "greet"], ["timings"]):
        result = frugal(journey, "-f", "odd.yml", *words)
        assert (2, "") == (result.exit_code, result.stdout)
        assert "odd.yml is not a regular file. [config.file-unreadable]" in result.stderr


def test_what_is_read_and_written_beside_it(journey: Journey) -> None:
    """So are a log file, a wheel and Docker's config that are pipes."""
    journey.file("taskrunner.yml", CONFIG)
    wheel = "taskrunner_cli-0.1.0-py3-none-any.whl"
    (journey.home / ".docker").mkdir()
    for path in (journey.folder / "log", journey.folder / wheel, journey.home / ".docker" / "config.json"):
        os.mkfifo(path)

    log = frugal(journey, "run", "--log-file", "log", "greet")
    wrapper = frugal(journey, "wrapper", "--wheel", wheel)
    context = journey.run("run", "greet", env={"DOCKER_HOST": None, "DOCKER_CONFIG": None}, timeout=60)

    assert (2, True) == (log.exit_code, "[cli.log-file-not-writable]" in log.stderr)
    assert (2, True) == (wrapper.exit_code, "[wrapper.wheel-not-readable]" in wrapper.stderr)
    assert (125, True) == (context.exit_code, "[engine.docker-config]" in context.stderr)


@pytest.mark.engine
@pytest.mark.parametrize(
    ("builder", "name", "expected"),
    [
        ("0", "Dockerfile", (2, "[plan.")),
        ("1", "Dockerfile", (2, "[plan.")),
        ("0", ".dockerignore", (125, "an ignore file that cannot be read: not a regular file.")),
        ("0", "Dockerfile.dockerignore", (125, "an ignore file that cannot be read: not a regular file.")),
        # BuildKit's own client reads it, and makes nothing of it.
        ("1", ".dockerignore", (0, "")),
    ],
)
def test_a_build(journey: Journey, builder: str, name: str, expected: tuple[int, str]) -> None:
    """A project whose files for a build lead to a device gets an error, and uses up no memory of ours."""
    journey.file("taskrunner.yml", CONFIG).file("image/Dockerfile", "FROM taskrunner-test/busybox:1\n")
    path = journey.folder / "image" / name
    path.unlink(missing_ok=True)
    _endless(path)

    result = frugal(journey, "run", "build", builder=builder)

    assert (expected[0], True) == (result.exit_code, expected[1] in result.stderr), result
    assert "Traceback" not in result.stderr


@pytest.mark.engine
def test_the_key_of_caches(journey: Journey) -> None:
    """A project that comes with such a key for its caches is refused."""
    journey.file("taskrunner.yml", CONFIG)
    (journey.folder / ".taskrunner" / "caches").mkdir(parents=True)
    key = journey.folder / ".taskrunner" / "caches" / "key"
    _endless(key)

    result = frugal(journey, "run", "greet")
    key.unlink()

    assert (2, True) == (result.exit_code, ".taskrunner/caches/key" in result.stderr), result
