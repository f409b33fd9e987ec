"""Delivery at the end of a run on CI: five seconds, or the disk."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from telemetry import direct, layout, switches
from telemetry.direct import TOTAL_SECONDS, Direct
from telemetry.endpoints import Destination
from telemetry.sent_log import SentLog
from telemetry.spool import Spool
from tests.support.stopwatch import Stopwatch
from tests.telemetry.upload.authority import Authority
from tests.telemetry.upload.peers import Peer, silent, trickle
from tests.telemetry.upload.sessions import Recorded, record, tree

_PATH = "/v1/sessions"
_TO_END_A_PROCESS = 2.0
"""Seconds that a busy machine may need for that; it is milliseconds otherwise."""


def _spooled(spool: Spool) -> list[bytes | None]:
    return [spool.read(entry) for entry in spool.pending()]


def _deliver(spool: Spool, destination: Destination, ca_file: str | None = None) -> tuple[bool, Recorded]:
    session = record(30_000)
    return Direct.prepare(spool.folder, destination, ca_file).deliver(*session), session


@pytest.fixture
def deliver(
    spool: Spool, destination: Destination, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], tuple[bool, Recorded]]:
    """Give a function that delivers a session to the collector as a run on CI does, and has time for it."""
    monkeypatch.setattr(direct, "TOTAL_SECONDS", 60.0)
    return lambda: _deliver(spool, destination, authority.certificate)


def test_delivered(collector: HTTPServer, spool: Spool, deliver: Callable[[], tuple[bool, Recorded]]) -> None:
    """The collector has the session before the call returns, and the disk never has it."""
    collector.expect_request(_PATH).respond_with_data(status=201)
    delivered, session = deliver()

    assert delivered
    assert 1 == len(collector.log)
    (attempt,) = SentLog(spool.folder).attempts()
    assert (session.session_id, "201") == (attempt.session_id, attempt.answer)
    assert {layout.SENT_LOG, layout.LOG_LOCK, layout.TALLY} == tree(spool.folder).keys()
    assert 1 == spool.tally().sent


@pytest.mark.parametrize("status", [500, 503, 429, 302, 200])
def test_failed(
    collector: HTTPServer, spool: Spool, deliver: Callable[[], tuple[bool, Recorded]], status: int
) -> None:
    """What did not arrive is spooled, byte for byte."""
    collector.expect_request(_PATH).respond_with_data(status=status)
    delivered, session = deliver()

    assert not delivered
    assert [session.data] == _spooled(spool)


@pytest.mark.parametrize("status", [400, 410])
def test_never_taken(
    collector: HTTPServer, spool: Spool, deliver: Callable[[], tuple[bool, Recorded]], status: int
) -> None:
    """What the collector will never take is not spooled; 410 switches the client off here as well."""
    collector.expect_request(_PATH).respond_with_data(status=status)
    delivered, _ = deliver()

    assert not delivered
    assert [] == _spooled(spool)
    assert (status == 410) == switches.is_gone(spool.folder)


@pytest.mark.parametrize("stall", [silent, trickle])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_five_seconds(spool: Spool, scheme: str, stall: Callable[[socket.socket, Event], None]) -> None:
    """A collector that stalls costs the run at most five seconds, and the session is on the disk."""
    session = record(64 * 1024)
    with Peer(stall) as peer:
        prepared = Direct.prepare(spool.folder, Destination(f"{scheme}://127.0.0.1:{peer.port}"))
        stopwatch = Stopwatch()
        delivered = prepared.deliver(*session)
        took = stopwatch.seconds

    assert not delivered
    assert took <= TOTAL_SECONDS + _TO_END_A_PROCESS
    assert [session.data] == _spooled(spool)


_WITHOUT_RESOLVER = """
import socket, sys, time
socket.getaddrinfo = lambda *_, **__: time.sleep(60)
from telemetry import direct_child
open(sys.argv.pop(1), "x").close()
direct_child.main(sys.argv[1:])
"""


def test_name_that_never_resolves(spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that never answers costs the run at most five seconds as well."""
    spawn, ready = os.posix_spawn, tmp_path / "ready"

    def spawn_without_resolver(path: str, command: list[str], *rest: Any, **options: Any) -> int:
        return spawn(path, [path, "-I", "-c", _WITHOUT_RESOLVER, str(ready), command[-1]], *rest, **options)

    monkeypatch.setattr(os, "posix_spawn", spawn_without_resolver)
    session = record(30_000)
    prepared = Direct.prepare(spool.folder, Destination("https://collector.invalid"))
    deadline = time.monotonic() + 60
    while not ready.exists():  # as it is when a run ends
        assert time.monotonic() < deadline
        time.sleep(0.02)
    stopwatch = Stopwatch()

    monkeypatch.setattr(direct, "TOTAL_SECONDS", 60.0)

    assert not prepared.deliver(*session)
    assert stopwatch.seconds < 30, "the child itself gives up after 4.5, whenever a busy machine lets it"
    assert [session.data] == _spooled(spool)
    assert ["timeout"] == [attempt.answer for attempt in SentLog(spool.folder).attempts()]


def test_child_that_reads_nothing(spool: Spool) -> None:
    """A child that hangs costs no more, even with more to write to it than a pipe holds."""
    reading, writing = os.pipe()
    answer_reading, answer_writing = os.pipe()
    child = subprocess.Popen(["sleep", "60"])
    prepared = Direct(spool, child.pid, writing, answer_reading)
    session = record(64 * 1024)
    stopwatch = Stopwatch()

    assert not prepared.deliver(*session)
    assert stopwatch.seconds <= TOTAL_SECONDS + _TO_END_A_PROCESS
    assert [session.data] == _spooled(spool)
    child.wait()
    os.close(reading)
    os.close(answer_writing)


def test_child_that_died(spool: Spool, destination: Destination) -> None:
    """A child that is no more costs no time at all."""
    prepared = Direct.prepare(spool.folder, destination)
    assert prepared._pid is not None
    os.kill(prepared._pid, signal.SIGKILL)
    session = record(64 * 1024)
    stopwatch = Stopwatch()

    assert not prepared.deliver(*session)
    assert stopwatch.seconds < TOTAL_SECONDS / 2
    assert [session.data] == _spooled(spool)


def test_no_child(spool: Spool, destination: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be started, or uploads are paused, the session is spooled at once."""
    switches.pause(spool.folder)
    assert not _deliver(spool, destination)[0]
    switches.resume(spool.folder)
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    assert not _deliver(spool, destination)[0]

    assert 2 == len(_spooled(spool))


def test_address_that_is_none(spool: Spool) -> None:
    """An address that no session may go to keeps the session on the disk."""
    delivered, session = _deliver(spool, Destination("http://collector.example"))

    assert not delivered
    assert [session.data] == _spooled(spool)


_KILLED = """
import os, signal, sys, time
from telemetry.direct import Direct
from telemetry.endpoints import Destination
direct = Direct.prepare(sys.argv[1], Destination(sys.argv[2]))
print(direct._pid, flush=True)
os.write(direct._to_child, b"abc full 100\\n{")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_run_sends_nothing(spool: Spool) -> None:
    """A run that is killed before its session is complete sends nothing, and its child ends by itself."""
    with Peer(silent) as peer:
        command = [sys.executable, "-c", _KILLED, spool.folder, f"http://127.0.0.1:{peer.port}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        _await_end(int(done.stdout))

        assert 0 == peer.connections


def _await_end(pid: int) -> None:
    deadline = time.monotonic() + 30
    while os.path.exists(f"/proc/{pid}") and "Z" not in _state(pid):
        assert time.monotonic() < deadline, "the child did not end within 30 seconds"
        time.sleep(0.02)


def _state(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_run_without_standard_streams(
    collector: HTTPServer, authority: Authority, spool: Spool, destination: Destination
) -> None:
    """A program that was started without standard streams delivers all the same."""
    collector.expect_request(_PATH).respond_with_data(status=201)
    script = (
        "import os, sys\n"
        "for stream in (0, 1, 2): os.close(stream)\n"
        "from telemetry.direct import Direct\n"
        "from telemetry.endpoints import Destination\n"
        "direct = Direct.prepare(sys.argv[1], Destination(sys.argv[2]), sys.argv[3])\n"
        "os._exit(0 if direct.deliver(sys.argv[4], sys.argv[5].encode()) else 1)\n"
    )
    session = record()
    address = destination.override or ""
    arguments = [spool.folder, address, authority.certificate, session.session_id, session.data.decode()]
    done = subprocess.run([sys.executable, "-c", script, *arguments], check=False, timeout=30)

    assert 0 == done.returncode
    assert 1 == len(collector.log)
