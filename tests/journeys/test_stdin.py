"""Standard input on its way into the container."""

import hashlib
import os
import subprocess
import time

import pytest

from tests.support.journey import Journey, program

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    image: taskrunner-test/busybox:1
tasks:
  cat: {run: {container: app, command: cat}}
  sum: {run: {container: app, command: md5sum}}
  first: {run: {container: app, command: head -n 1}}
  ignore: {run: {container: app, command: echo done}}
  before: {run: {container: app, command: cat}}
  after:
    prerequisites: [before]
    run: {container: app, command: cat}
"""


def test_a_pipe_is_read_to_its_end(journey: Journey) -> None:
    """`echo x | taskrunner run cat` ends, because the container sees the end of its input."""
    result = journey.file("batect.yml", CONFIG).run("run", "-o", "quiet", "cat", stdin="some text\n")

    assert (0, "some text\n") == (result.exit_code, result.stdout)


def test_much_input_arrives_whole(journey: Journey) -> None:
    """Twenty megabytes of any bytes, in order."""
    data = os.urandom(20_000_000)

    result = journey.file("batect.yml", CONFIG).run("run", "-o", "quiet", "sum", stdin=data)

    assert result.stdout.split()[0] == hashlib.md5(data).hexdigest()  # noqa: S324


def test_a_container_that_does_not_read_ends_all_the_same(journey: Journey) -> None:
    """Input that nobody wants holds nothing up."""
    journey.file("batect.yml", CONFIG)

    assert journey.run("run", "-o", "quiet", "ignore", stdin="x" * 1_000_000).stdout == "done\n"
    assert journey.run("run", "-o", "quiet", "first", stdin="one\ntwo\n").stdout == "one\n"


def test_an_open_input_does_not_hold_up_the_end(journey: Journey) -> None:
    """A task that ends while its input is still open ends the command."""
    journey.file("batect.yml", CONFIG)
    running = journey.start("run", "-o", "quiet", "ignore")
    before = time.monotonic()

    assert running.process.wait(30) == 0
    assert time.monotonic() - before < 20


@pytest.mark.parametrize("source", ["/dev/null", "batect.yml"])
def test_files_serve_as_input(journey: Journey, source: str) -> None:
    """A plain file and the null device can be read like a pipe."""
    journey.file("batect.yml", CONFIG)
    with open(journey.folder / source, "rb") as file:
        result = subprocess.run(
            [program(), "run", "-o", "quiet", "cat"],
            cwd=journey.folder,
            env=journey.variables(),
            stdin=file,
            capture_output=True,
            timeout=60,
            check=True,
        )

    assert result.stdout == (b"" if source == "/dev/null" else CONFIG.encode())


def test_a_closed_input_is_no_input(journey: Journey) -> None:
    """A service manager may start us without any."""
    journey.file("batect.yml", CONFIG)
    result = subprocess.run(
        ["sh", "-c", 'exec "$0" run -o quiet cat <&-', program()],
        cwd=journey.folder,
        env=journey.variables(),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (0, b"") == (result.returncode, result.stdout)


def test_prerequisites_leave_the_input_to_the_task(journey: Journey) -> None:
    """Only the task that was named reads it."""
    result = journey.file("batect.yml", CONFIG).run("run", "-o", "quiet", "after", stdin="for the last\n")

    assert (0, ["for the last"]) == (result.exit_code, [line for line in result.stdout.splitlines() if line])
