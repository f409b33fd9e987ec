"""The record of a run under way, and of one that was killed."""

import os
import subprocess
import sys
import threading

import pytest

from telemetry import layout, switches, uploader
from telemetry.endpoints import Destination
from telemetry.spool import Spool
from telemetry.tally import Tally
from tests.telemetry.upload.sessions import age, record, tree

_RUN = """
import sys
from telemetry.spool import Spool
running = Spool(sys.argv[1]).running(sys.argv[2], sys.argv[3].encode(), "middle")
for line in sys.stdin:
    done = getattr(running, line.strip())(sys.argv[4].encode())
    print(done, flush=True)
"""


class _Run:
    """A real process that has a run under way."""

    def __init__(self, spool: Spool) -> None:
        self.session_id, self.early = record()
        self.final = self.early.replace(b"{}", b'{"ended": true}')
        arguments = [spool.folder, self.session_id, self.early.decode(), self.final.decode()]
        self.process = subprocess.Popen(
            [sys.executable, "-c", _RUN, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self, what: str) -> str:
        """Have the process call a method of its record; return what it printed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        """End the process as nothing can prevent."""
        self.process.kill()
        self.process.communicate()


def _sessions(spool: Spool) -> dict[str, bytes | None]:
    return {entry.session_id: spool.read(entry) for entry in spool.pending()}


def test_killed_run_becomes_a_session(spool: Spool) -> None:
    """A later run closes the record of one that was killed, with the bytes and the level that it had."""
    run = _Run(spool)
    assert "True" == run.tell("update")
    run.kill()

    assert 1 == spool.abandoned()
    assert {run.session_id: run.final} == _sessions(spool)
    assert ["middle"] == [entry.level for entry in spool.pending()]
    assert Tally(abandoned=1) == spool.tally()
    assert 0 == spool.abandoned()


def test_live_run_is_left_alone(spool: Spool) -> None:
    """The record of a run that lives stays where it is, before and after it was replaced."""
    run = _Run(spool)
    for _ in range(2):
        assert "True" == run.tell("update")
        assert 0 == spool.abandoned()
    assert {} == _sessions(spool)

    assert "True" == run.tell("finish")
    run.kill()
    assert {run.session_id: run.final} == _sessions(spool)
    assert Tally() == spool.tally()


def test_finished_run_leaves_one_file(spool: Spool) -> None:
    """A run that ends well leaves its final bytes, once, and no lock."""
    session_id, early = record()
    running = spool.running(session_id, early)
    assert running is not None
    assert running.finish(early + b" ")

    name = os.path.join(layout.SPOOL, layout.file_name(session_id, "full"))
    assert {name: early + b" "} == tree(spool.folder)


def test_record_that_was_taken_away_stays_away(spool: Spool) -> None:
    """Whoever switches telemetry off during a run finds nothing of it afterwards."""
    session_id, early = record()
    running = spool.running(session_id, early)
    assert running is not None
    spool.clear()
    later = spool.running(*record())
    assert later is not None

    assert not running.update(early)
    assert not running.finish(early)
    later.discard()
    assert {} == tree(spool.folder)


def test_discarded(spool: Spool) -> None:
    """A run may end without a session."""
    session_id, early = record()
    running = spool.running(session_id, early)
    assert running is not None
    running.discard()

    assert 0 == spool.abandoned()
    assert {} == tree(spool.folder)


def test_finish_keeps_the_limits(spool: Spool) -> None:
    """A run makes room for its session when it begins: at its end a person would wait for that."""
    for _ in range(200):
        session = record()
        spool.put(session.session_id, session.data)
    switches.pause(spool.folder)
    session_id, data = record()
    uploader.start(spool.folder, Destination("http://127.0.0.1:9"))
    running = spool.running(session_id, data)
    assert running is not None
    assert running.finish(data)

    assert 200 == len(os.listdir(os.path.join(spool.folder, layout.SPOOL)))
    assert session_id in _sessions(spool)


def test_many_runs_close_each_record_once(spool: Spool) -> None:
    """Runs that start together close each record of killed runs exactly once."""
    folder = os.path.join(spool.folder, layout.RUNNING)
    sessions = [record() for _ in range(40)]
    os.makedirs(folder)
    os.makedirs(os.path.join(spool.folder, layout.SPOOL))
    for session in sessions:
        with open(os.path.join(folder, layout.file_name(session.session_id, "full")), "wb") as file:
            file.write(session.data)
    closed: list[int] = []
    sweepers = [threading.Thread(target=lambda: closed.append(spool.abandoned())) for _ in range(4)]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()

    assert 40 == sum(closed)
    assert dict(sessions) == _sessions(spool)


def test_ending_runs_and_starting_ones(spool: Spool) -> None:
    """A run that ends while others start is never taken for a killed one."""
    ended = threading.Event()
    closed: list[int] = []

    def sweep() -> None:
        while not ended.is_set():
            closed.append(spool.abandoned())

    sweepers = [threading.Thread(target=sweep, daemon=True) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.start()
    sessions = [record() for _ in range(150)]
    for session in sessions:
        running = spool.running(session.session_id, b"{}")
        assert running is not None
        assert running.update(b"{ }")
        assert running.finish(session.data)
    ended.set()
    for sweeper in sweepers:
        sweeper.join()

    assert 0 == sum(closed)
    assert dict(sessions) == _sessions(spool)


@pytest.mark.parametrize(("minutes", "left"), [(0.0, 1), (2.0, 0)])
def test_temporary_records(spool: Spool, minutes: float, left: int) -> None:
    """A record that was being written when its run was killed goes, once no live run can be writing it."""
    folder = os.path.join(spool.folder, layout.RUNNING)
    os.makedirs(folder)
    path = os.path.join(folder, ".x")
    with open(path, "wb"):
        age(path, minutes * 60)
    spool.abandoned()

    assert left == len(os.listdir(folder))
