"""Much output, and output at the last moment: nothing is lost."""

import hashlib
import subprocess

import psutil
import pytest

from tests.support.journey import Journey, program

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    image: taskrunner-test/busybox:1
tasks:
  flood: {run: {container: app, command: sh -c 'yes 0123456789abcdef | head -c 200000000'}}
  last-words: {run: {container: app, command: sh -c 'seq 1 5000; echo the end'}}
"""


def test_two_hundred_megabytes_arrive_whole(journey: Journey) -> None:
    """Every byte, in order, in flat memory."""
    journey.file("batect.yml", CONFIG)
    expected = hashlib.md5((b"0123456789abcdef\n" * 11_764_706)[:200_000_000]).hexdigest()  # noqa: S324
    with subprocess.Popen(
        [program(), "run", "-o", "quiet", "flood"],
        cwd=journey.folder,
        env=journey.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        digest = hashlib.md5()  # noqa: S324
        size = peak = 0
        process = psutil.Process(running.pid)
        while chunk := running.stdout.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
            if size < 199_000_000:
                peak = max(peak, process.memory_info().rss)

    assert (200_000_000, expected) == (size, digest.hexdigest())
    assert peak < 45_000_000


def test_output_right_before_the_end_is_not_lost(journey: Journey) -> None:
    """A container that exits at once is attached to before it starts."""
    journey.file("batect.yml", CONFIG)
    expected = "".join(f"{number}\n" for number in range(1, 5001)) + "the end\n"

    for _ in range(10):
        assert journey.run("run", "-o", "quiet", "last-words").stdout == expected
