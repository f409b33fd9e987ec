"""Prerequisites: other tasks first, each once, in order."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.support.journey import Journey

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    image: taskrunner-test/busybox:1
    volumes:
      - local: .
        container: /code
tasks:
  build:one: {run: {container: app, command: echo one}}
  build:two: {run: {container: app, command: echo two}}
  lint: {run: {container: app, command: echo lint}}
  test:
    prerequisites: [lint, 'build:*', lint-again]
    run: {container: app, command: echo test}
  lint-again:
    prerequisites: [lint]
  broken: {run: {container: app, command: sh -c 'echo broken; exit 5'}}
  after-broken:
    prerequisites: [lint, broken, 'build:*']
    run: {container: app, command: echo never}
"""


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something holds, and fail where that takes too long."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_prerequisites_run_first_in_order_and_once(journey: Journey) -> None:
    """Wildcards expand by name; a task that is named twice runs once."""
    result = journey.file("batect.yml", CONFIG).run("run", "-o", "quiet", "test")

    lines = [line for line in result.stdout.splitlines() if line]
    assert result.exit_code == 0
    assert lines == ["lint", "one", "two", "test"]


def test_a_failing_prerequisite_ends_the_run_with_its_exit_code(journey: Journey) -> None:
    """What comes after it does not run."""
    result = journey.file("batect.yml", CONFIG).run("run", "-o", "quiet", "after-broken")

    assert result.exit_code == 5
    assert "never" not in result.stdout
    assert "one" not in result.stdout


def test_prerequisites_can_be_skipped(journey: Journey) -> None:
    """The named task runs alone."""
    result = journey.file("batect.yml", CONFIG).run(
        "run", "-o", "quiet", "--skip-prerequisites", "after-broken"
    )

    assert (0, "never\n") == (result.exit_code, result.stdout)


def test_arguments_are_for_the_named_task_alone(journey: Journey) -> None:
    """Prerequisites run as they are written."""
    result = journey.file("batect.yml", CONFIG).run("run", "-o", "quiet", "test", "--", "more")

    assert [line for line in result.stdout.splitlines() if line] == ["lint", "one", "two", "test more"]


def test_a_task_of_prerequisites_only_succeeds(journey: Journey) -> None:
    """It has nothing to run itself, and says so."""
    result = journey.file("batect.yml", CONFIG).run("run", "lint-again")

    assert result.exit_code == 0
    assert "lint-again" in result.stdout


def test_a_build_sees_what_a_prerequisite_wrote(journey: Journey) -> None:
    """An image is not built ahead of a task that may still change its build directory."""
    journey.file("img/Dockerfile", "FROM taskrunner-test/busybox:1\nRUN echo stale > /made\n")
    journey.file(
        "batect.yml",
        "containers:\n"
        "  writer: {image: taskrunner-test/busybox:1, volumes: ['.:/code']}\n"
        "  built: {build_directory: img}\n"
        "tasks:\n"
        "  before: {run: {container: built, command: cat /made}}\n"
        "  write:\n"
        "    prerequisites: [before]\n"
        "    run: {container: writer, command: sed -i s/stale/fresh/ /code/img/Dockerfile}\n"
        "  read:\n"
        "    prerequisites: [write]\n"
        "    run: {container: built, command: cat /made}\n",
    )

    result = journey.run("run", "-o", "quiet", "read", timeout=120)
    assert [line for line in result.stdout.splitlines() if line] == ["stale", "fresh"]


def test_an_image_may_come_from_a_prerequisite(journey: Journey, engine: "DockerClient") -> None:
    """A pull that fails ahead is tried again when the image's task begins."""
    image = f"{journey.project}-made-on-the-way:1"
    journey.file(
        "batect.yml",
        "containers:\n"
        "  maker: {image: taskrunner-test/busybox:1, volumes: ['.:/code']}\n"
        f"  later: {{image: '{image}'}}\n"
        "tasks:\n"
        "  make:\n"
        "    run:\n"
        "      container: maker\n"
        "      command: sh -c 'touch /code/go; while [ -e /code/go ]; do sleep 0.1; done'\n"
        "  use:\n"
        "    prerequisites: [make]\n"
        "    run: {container: later, command: echo used}\n",
    )

    running = journey.start("run", "-o", "quiet", "use")
    signal = journey.folder / "go"
    wait_until(signal.exists)
    engine.images.get("taskrunner-test/busybox:1").tag(image)
    try:
        signal.unlink()
        result = running.finish()
    finally:
        engine.images.remove(image)

    assert (0, "used") == (result.exit_code, result.stdout.strip())
