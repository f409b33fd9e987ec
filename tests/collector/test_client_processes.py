"""Sessions of real runs of the program, through TLS, with a collector that is killed in the middle."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from taskrunner.usage_catalog import CATALOG
from telemetry.collector.population import population
from telemetry.sent_log import SentLog
from telemetry.spool import Spool
from tests.support.collector import Collector, collecting
from tests.support.journey import program
from tests.support.modules import uncovered
from tests.support.nginx import behind_nginx, free_port
from tests.support.stores import kept
from tests.telemetry.upload.authority import make_authority

_CONFIG: Final = "containers: {app: {image: alpine}}\ntasks: {go: {run: {container: app, command: 'true'}}}\n"
_MOST_WAITING: Final = 150
"""Of the 200 sessions that a spool holds."""
_PATIENCE: Final = 900.0
_LONGEST_RECORDING: Final = 35.0


class Plan(NamedTuple):
    """How much is done."""

    runs: int
    """Commands in all."""
    people: int
    """Home folders, whose commands run at the same time."""
    load: int
    """Further sessions, sent by plain connections meanwhile."""


class Person:
    """A home folder, whose owner allowed telemetry, and commands of theirs."""

    def __init__(self, folder: Path, url: str, certificate: str) -> None:
        self._folder = folder
        folder.mkdir()
        (folder / "taskrunner.yml").write_text(_CONFIG)
        keep = ("PATH", "LANG", "TMPDIR")
        given = {name: value for name, value in uncovered().items() if name in keep}
        self._environment = {
            **given, "HOME": str(folder), "TASKRUNNER_TELEMETRY_URL": url, "SSL_CERT_FILE": certificate,
            "DOCKER_HOST": f"unix://{folder}/no-engine",
        }  # fmt: skip
        self.telemetry = folder / ".taskrunner" / "telemetry"
        self.run("telemetry", "enable")

    def run(self, *words: str) -> None:
        """Run a command to its end."""
        done = subprocess.run(
            [program(), *words], cwd=self._folder, env=self._environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def work(self, runs: int) -> None:
        """Run so many commands; each records a session, and uploads what waits, behind their backs."""
        for _ in range(runs):
            self.run("list")
            _until(lambda: len(self._waiting()) < _MOST_WAITING, "the spool to become emptier")

    def settle(self, runs: int, last: float) -> None:
        """Send on what waits until each session is answered that was recorded.

        `last` is when the last command ended. What records a command beside it gives up where the machine
        does not get to it in time, so there may be fewer sessions than runs; later than that none comes.
        """

        def is_done() -> bool:
            if self._waiting():
                self.run("telemetry", "submit")
            is_over = len(self.stored()) >= runs or time.monotonic() > last + _LONGEST_RECORDING
            return is_over and not self._waiting()

        _until(is_done, "all sessions to be answered")

    def stored(self) -> set[str]:
        """Return the sessions of which the client's own log says that they were stored."""
        return {
            each.session_id for each in SentLog(str(self.telemetry)).attempts() if each.verdict == "stored"
        }

    def answers(self) -> Counter[str]:
        """Return how often each answer came."""
        return Counter(each.answer for each in SentLog(str(self.telemetry)).attempts())

    def _waiting(self) -> list[object]:
        return [*Spool(str(self.telemetry)).pending()]


def _until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not done():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.1)


def _load(port: int, number: int) -> Iterator[str]:
    """Send sessions over connections of their own; give those that were answered with 201 or 304."""
    collector = Collector(None, port, Path())  # type: ignore[arg-type]
    made = [each.body for each in population(CATALOG, number * 2, seed=3, now=time.time())][-number:]
    for body in made:
        session = json.loads(body)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                status = collector.put(json.dumps({**session, "events": []}).encode()).status
            except OSError:
                status = 0
            if status in (201, 304):
                yield session["sessionId"]
                break
            time.sleep(0.05)


def _through_a_kill(place: str, folder: Path, plan: Plan) -> Counter[str]:
    """Let people work while the collector is killed and started again; return the answers that they got."""
    authority, port = make_authority(folder), free_port()
    options = (
        "--store", place, "--port", str(port), "--rate-address", "0", "--rate-user", "0",
        "--trusted-proxy", "127.0.0.1",
    )  # fmt: skip
    (folder / "nginx").mkdir()
    each = plan.runs // plan.people
    with ExitStack() as stack:
        ports = stack.enter_context(behind_nginx(folder / "nginx", authority, port))
        collector = stack.enter_context(collecting(folder / "first", *options))
        pool = stack.enter_context(ThreadPoolExecutor(plan.people + 1))
        url = f"https://localhost:{ports.https}"
        people = [
            Person(folder / f"person{number}", url, authority.certificate) for number in range(plan.people)
        ]
        work = [pool.submit(person.work, each) for person in people]
        load = pool.submit(lambda: [*_load(port, plan.load)])
        third = (plan.runs + plan.load) / 3
        _until(lambda: collector.metric('collector_sessions_total{answer="stored"}') >= third, "a third")
        collector.stop(signal.SIGKILL)
        time.sleep(1)  # commands go on meanwhile
        stack.enter_context(collecting(folder / "second", *options))
        for job in work:
            job.result(24 * 3600)
        last = time.monotonic()
        loaded = load.result(_PATIENCE)
        for person in people:
            person.settle(each, last)
    told = [session for person in people for session in person.stored()] + loaded
    assert len(loaded) == plan.load
    assert len(told) - plan.load > plan.runs * 0.9
    assert kept(place) == Counter(told)
    return sum((person.answers() for person in people), Counter())


@pytest.mark.timeout(600)
def test_what_clients_were_told_is_there(place: str, tmp_path: Path) -> None:
    """Each session of which a run of the program was told that it is stored is there, once."""
    _through_a_kill(place, tmp_path, Plan(runs=15, people=3, load=40))


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
def test_ten_thousand_runs(place: str, tmp_path: Path) -> None:
    """The same holds for ten thousand runs (or TASKRUNNER_TEST_RUNS), eight at a time, beside other load."""
    runs = int(os.environ.get("TASKRUNNER_TEST_RUNS", "10000"))
    answers = _through_a_kill(place, tmp_path, Plan(runs=runs, people=8, load=runs))
    print(dict(answers))
