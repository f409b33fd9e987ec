"""Many runs, of every kind and at once: nothing of them stays, and none touches another."""

import contextlib
import itertools
import json
import random
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.engine import leftovers
from tests.support.journey import Journey
from tests.support.running import Running

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.engine

SHELLS = 8
CONFIG = """\
containers:
  db:
    image: taskrunner-test/busybox:1
    command: sleep 600
    health_check: {command: test -e /ready, interval: 1s, retries: 30}
    entrypoint: sh -c 'touch /ready; exec "$@"' sh
  sick:
    image: taskrunner-test/busybox:1
    command: sleep 600
    health_check: {command: "false", interval: 50ms, retries: 2}
  alone: {image: taskrunner-test/busybox:1, environment: {NUMBER: $NUMBER}}
  app:
    image: taskrunner-test/busybox:1
    environment: {NUMBER: $NUMBER}
    volumes: [{type: cache, name: things, container: /cache}, {type: tmpfs, container: /quick}]
    dependencies: [db]
  patient: {image: taskrunner-test/busybox:1, dependencies: [sick]}
tasks:
  well: {run: {container: app, command: sh -c 'ping -c 1 db >/dev/null && echo $NUMBER'}}
  quick: {run: {container: alone, command: sh -c 'echo $NUMBER'}}
  fails: {run: {container: app, command: sh -c 'echo $NUMBER; exit 7'}}
  unhealthy: {run: {container: patient, command: echo never}}
  waits: {run: {container: app, command: sh -c 'echo $NUMBER; sleep 60'}}
"""


class Kind(NamedTuple):
    """A kind of run, and what has to come of it."""

    task: str
    exit_code: int
    interrupted_by: signal.Signals | None = None
    sometime: bool = False
    """Whether that comes at any moment, perhaps before the program has begun, or after its end."""


KINDS = (
    Kind("well", 0),
    Kind("quick", 0),
    Kind("fails", 7),
    Kind("unhealthy", 125),
    Kind("waits", 130, signal.SIGINT),
    Kind("waits", 143, signal.SIGTERM),
    Kind("waits", -9, signal.SIGKILL),
    Kind("well", 130, signal.SIGINT, sometime=True),
    Kind("well", 143, signal.SIGTERM, sometime=True),
    Kind("well", -9, signal.SIGKILL, sometime=True),
)
LATEST = 2.5
"""Seconds after which such a signal comes at the latest: longer than most runs take."""

# Runs the program again and again in one process, and says what it holds each time.
MANY_TIMES = """
import gc, json, os, sys, threading
from taskrunner.cli.entry import main

def held():
    # What is done once a run is over may still be under way in a thread of its own.
    for thread in threading.enumerate()[1:]:
        thread.join(10)
    gc.collect()
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    return {"threads": threading.active_count(), "files": len(os.listdir("/proc/self/fd")), "pages": pages}

before = None
for number in range(int(sys.argv[1])):
    assert main(["run", "-o", "quiet", "well"]) == 0
    print(json.dumps(held()), file=sys.stderr, flush=True)
"""


def one(journey: Journey, number: int, kind: Kind) -> str:
    """Make a run, and return what is wrong with it."""
    running = journey.start("run", "-o", "quiet", kind.task, env={"NUMBER": f"run {number}"}).close_stdin()
    if kind.sometime and kind.interrupted_by is not None:
        return sometime(running, number, kind)
    if kind.interrupted_by is not None:
        running.wait_for(f"run {number}", timeout=120).signal(kind.interrupted_by, group=True)
    result = running.finish(timeout=150)
    said = "" if kind.task == "unhealthy" else f"run {number}\n"
    if (kind.exit_code, said) == (result.exit_code, result.stdout):
        return ""
    return f"{kind}: {result.exit_code}, {result.stdout!r}, {result.stderr!r}"


def sometime(running: Running, number: int, kind: Kind) -> str:
    """Send a run its signal at a moment that nobody chose, and return what is wrong with it."""
    signalled = kind.interrupted_by or signal.SIGINT
    time.sleep(random.Random(number).uniform(0, LATEST))
    with contextlib.suppress(ProcessLookupError):
        running.signal(signalled, group=True)
    result = running.finish(timeout=150)
    # As for the shell, if it came before there was anything to clean up, or after all was done.
    right = {0, kind.exit_code, -signalled}
    if signalled is signal.SIGINT:
        right.add(1)  # the interpreter, while it was starting; a fault of ours would be told
    if (
        result.exit_code in right
        and result.stdout in ("", f"run {number}\n")
        and "itself" not in result.stderr
    ):
        return ""
    return f"{kind}: {result.exit_code}, {result.stdout!r}, {result.stderr!r}"


def soak(journey: Journey, engine: "DockerClient", runs: int) -> None:
    """Make runs from several shells at once; what killed ones left is gone after one more."""
    journey.file("taskrunner.yml", CONFIG)
    kinds = [kind for kind, _ in zip(itertools.cycle(KINDS), range(runs), strict=False)]
    random.Random(runs).shuffle(kinds)
    with ThreadPoolExecutor(SHELLS) as shells:
        wrong = [text for text in shells.map(lambda pair: one(journey, *pair), enumerate(kinds)) if text]

    assert [] == wrong
    assert "" == one(journey, runs, KINDS[0])
    left = leftovers(engine, journey.project, str(journey.folder), journey._since)
    assert [] == left.unwanted()
    assert 1 == len(left.caches)


@pytest.mark.timeout(600)
def test_runs_of_every_kind(journey: Journey, engine: "DockerClient") -> None:
    """A few of each kind, from eight shells."""
    soak(journey, engine, 2 * len(KINDS))


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_five_hundred_runs(journey: Journey, engine: "DockerClient") -> None:
    """As many as a team makes in a week."""
    soak(journey, engine, 500)


def grown(journey: Journey, runs: int) -> tuple[Counter[str], Counter[str]]:
    """Return what a process holds after half of its runs, and what it holds after all of them."""
    journey.file("taskrunner.yml", CONFIG)
    words = ("-c", MANY_TIMES, str(runs))
    result = journey.run(*words, command=sys.executable, env={"NUMBER": "1"}, timeout=3000)
    assert 0 == result.exit_code, result
    held = [Counter(json.loads(line)) for line in result.stderr.splitlines() if line.startswith("{")]
    return held[len(held) // 2 - 1], held[-1]


@pytest.mark.timeout(600)
def test_nothing_is_kept_from_run_to_run(journey: Journey) -> None:
    """Neither threads nor descriptors nor memory."""
    middle, end = grown(journey, 6)

    assert (middle["threads"], middle["files"]) == (end["threads"], end["files"])
    # In pages of 4 KiB: what the allocator holds on to is not a leak.
    assert end["pages"] - middle["pages"] < 256


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nothing_is_kept_from_hundreds_of_runs(journey: Journey) -> None:
    """The same, where a leak of 10 KiB a run would show."""
    middle, end = grown(journey, 200)

    assert (middle["threads"], middle["files"]) == (end["threads"], end["files"])
    assert end["pages"] - middle["pages"] < 256
