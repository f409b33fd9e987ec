"""Passes over the spool, against a real collector."""

import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from telemetry import child, layout, lock, switches, uploader
from telemetry.endpoints import Destination
from telemetry.sent_log import Pass, SentLog
from telemetry.spool import Spool
from tests.telemetry.upload.authority import Authority
from tests.telemetry.upload.peers import Peer, silent
from tests.telemetry.upload.sessions import Recorded, record, tree

_PATH = "/v1/sessions"
_NOWHERE = Destination("http://127.0.0.1:1")


@pytest.fixture
def run_pass(folder: str, destination: Destination, authority: Authority) -> Callable[[], Pass]:
    """Give a function that makes one pass over the spool, in this process."""

    def make_pass() -> Pass:
        done = uploader.run_pass(folder, destination, authority.certificate)
        assert done is not None
        return done

    return make_pass


def _put(spool: Spool, number: int = 1, size: int = 0, version: str = "1.2.3") -> list[Recorded]:
    sessions = [record(size, version) for _ in range(number)]
    for session in sessions:
        assert spool.put(*session)
    return sessions


def _ids(spool: Spool) -> set[str]:
    return {entry.session_id for entry in spool.pending()}


def _bodies(collector: HTTPServer) -> list[bytes]:
    return [_body(request) for request, _ in collector.log]


def _body(request: Request) -> bytes:
    return gzip.decompress(request.data) if "Content-Encoding" in request.headers else request.data


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 30 seconds"
        time.sleep(0.02)


class TestOutcomes:
    """What follows from each answer."""

    def test_success(self, collector: HTTPServer, spool: Spool, run_pass: Callable[[], Pass]) -> None:
        """What the collector has is deleted, logged and kept as a copy, with one digest everywhere."""
        collector.expect_request(_PATH, method="PUT").respond_with_data(status=201)
        small, large = *_put(spool), *_put(spool, size=5000)

        done = run_pass()

        assert (2, 0, 0, "done") == (done.sent, done.refused, done.failed, done.ended)
        assert set() == _ids(spool)
        assert {small.data, large.data} == set(_bodies(collector))
        log = SentLog(spool.folder)
        assert {small.data, large.data} == {log.copy(each.session_id) for each in log.attempts()}
        on_the_wire = {hashlib.sha256(body).hexdigest() for body in _bodies(collector)}
        assert on_the_wire == {attempt.digest for attempt in log.attempts()}
        assert done == log.last_pass()
        tally = spool.tally()
        assert (2, 0) == (tally.sent, tally.failed)
        assert tally.milliseconds > 0

    def test_stored_before(self, collector: HTTPServer, spool: Spool, run_pass: Callable[[], Pass]) -> None:
        """A session that the collector had already counts as delivered."""
        collector.expect_request(_PATH).respond_with_data(status=304)
        _put(spool)

        assert 1 == run_pass().sent
        assert set() == _ids(spool)

    @pytest.mark.parametrize("status", [400, 401, 404, 413, 422])
    def test_refused(
        self, collector: HTTPServer, spool: Spool, run_pass: Callable[[], Pass], status: int
    ) -> None:
        """A session that no second attempt would help is dropped and counted; what was sent can be seen."""
        collector.expect_request(_PATH).respond_with_data(status=status)
        (session,) = _put(spool)

        assert 1 == run_pass().refused
        assert set() == _ids(spool)
        assert 1 == spool.tally().refused
        assert session.data == SentLog(spool.folder).copy(session.session_id)

    @pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
    def test_transient(
        self, collector: HTTPServer, spool: Spool, run_pass: Callable[[], Pass], status: int
    ) -> None:
        """What may pass by itself is tried again by the next pass, with the same bytes."""
        collector.expect_ordered_request(_PATH).respond_with_data(status=status)
        collector.expect_ordered_request(_PATH).respond_with_data(status=201)
        (session,) = _put(spool)

        assert 1 == run_pass().failed
        assert {session.session_id} == _ids(spool)
        assert 1 == run_pass().sent
        assert [session.data, session.data] == _bodies(collector)

    def test_retry_after(self, collector: HTTPServer, spool: Spool, run_pass: Callable[[], Pass]) -> None:
        """A collector that asks to be left alone is, by every pass, until the time is over."""
        collector.expect_request(_PATH).respond_with_data(status=503, headers={"Retry-After": "3600"})
        sessions = _put(spool, 3)

        assert "hold" == run_pass().ended
        assert (0, "hold") == (run_pass().failed, run_pass().ended)
        assert 1 == len(collector.log)
        assert {session.session_id for session in sessions} == _ids(spool)

        collector.clear()
        collector.expect_request(_PATH).respond_with_data(status=201)
        switches.hold(spool.folder, 0)
        assert 3 == run_pass().sent

    def test_gone(self, collector: HTTPServer, spool: Spool, run_pass: Callable[[], Pass]) -> None:
        """410 switches the client off: nothing more is sent, and nothing is left waiting for nobody."""
        collector.expect_request(_PATH).respond_with_data(status=410)
        _put(spool, 3)

        assert "gone" == run_pass().ended
        assert switches.is_gone(spool.folder)
        assert set() == _ids(spool)
        assert 3 == spool.tally().dropped
        _put(spool)
        run_pass()
        assert 1 == len(collector.log)

    def test_breaker(self, collector: HTTPServer, spool: Spool, run_pass: Callable[[], Pass]) -> None:
        """Five failures end the pass; what was not tried waits for the next."""
        collector.expect_request(_PATH).respond_with_data(status=500)
        _put(spool, 8)

        done = run_pass()

        assert (5, "failures") == (done.failed, done.ended)
        assert 5 == len(collector.log)
        assert 8 == len(_ids(spool))

    def test_bad_session_holds_up_no_other(
        self, collector: HTTPServer, spool: Spool, run_pass: Callable[[], Pass]
    ) -> None:
        """A file that is no session, or one that always fails, keeps no other from arriving."""
        sessions = _put(spool, 6)
        bad = sessions[0]

        def answer(request: Request) -> Response:
            return Response(status=500 if _body(request) == bad.data else 201)

        collector.expect_request(_PATH).respond_with_handler(answer)
        torn = record()
        spool.put(torn.session_id, torn.data[:-1])

        assert (5, 1) == (run_pass().sent, run_pass().failed)
        assert {bad.session_id} == _ids(spool)
        assert 1 == spool.tally().quarantined


class TestDestinations:
    """Where each session goes."""

    def test_level_and_version_choose(
        self, collector: HTTPServer, authority: Authority, spool: Spool
    ) -> None:
        """Each session goes to the address of its level, and builds for development to their own."""
        for path in ("/middle", "/full", "/dev-full"):
            collector.expect_request(f"{path}{_PATH}").respond_with_data(status=201)
        base = collector.url_for("")
        for level, version in (("middle", "1.2.3"), ("full", "1.2.3"), ("full", "1.3.0.dev1")):
            spool.put(*record(version=version), level)
        destination = Destination(None, base + "{level}", base + "dev-{level}")

        uploader.run_pass(spool.folder, destination, authority.certificate)

        expected = {f"{path}{_PATH}" for path in ("/middle", "/full", "/dev-full")}
        assert expected == {request.path for request, _ in collector.log}
        assert set() == _ids(spool)

    def test_address_that_is_none(self, spool: Spool) -> None:
        """An address that no session may go to ends the pass, keeps the sessions, and is logged."""
        _put(spool, 2)

        done = uploader.run_pass(spool.folder, Destination("http://collector.example"))

        assert done is not None
        assert ("endpoint", 0) == (done.ended, done.failed)
        assert 2 == len(_ids(spool))
        assert "unencrypted" in Path(spool.folder, layout.UPLOAD_LOG).read_text()


class TestSwitches:
    """What holds a pass back."""

    def test_pause(
        self, collector: HTTPServer, authority: Authority, spool: Spool, destination: Destination
    ) -> None:
        """While uploads are paused nothing is sent, unless the person asks for it."""
        collector.expect_request(_PATH).respond_with_data(status=201)
        _put(spool)
        switches.pause(spool.folder)

        paused = uploader.run_pass(spool.folder, destination, authority.certificate)
        asked = uploader.run_pass(spool.folder, destination, authority.certificate, paused_too=True)

        assert paused is not None
        assert asked is not None
        assert ("paused", 0, 1) == (paused.ended, paused.sent, asked.sent)

    def test_one_at_a_time(self, spool: Spool) -> None:
        """While one process uploads, no other does."""
        _put(spool)
        held = lock.take(os.path.join(spool.folder, layout.UPLOAD_LOCK))
        assert held is not None
        with held:
            assert uploader.run_pass(spool.folder, _NOWHERE) is None

    def test_spool_that_is_emptied_meanwhile(
        self, collector: HTTPServer, spool: Spool, run_pass: Callable[[], Pass]
    ) -> None:
        """Whoever switches telemetry off during an upload finds no trace of it afterwards."""

        def answer(_: Request) -> Response:
            spool.clear(patience=0)
            return Response(status=201)

        collector.expect_request(_PATH).respond_with_handler(answer)
        _put(spool, 3)

        assert "emptied" == run_pass().ended
        assert {} == tree(spool.folder)

    @pytest.mark.parametrize("switch", ["nothing", "paused", "gone", "hold", "busy", "guard"])
    def test_start_without_need_starts_nothing(
        self, spool: Spool, switch: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No process is started when nothing waits, something holds it back, or this is such a process."""
        started: list[object] = []
        monkeypatch.setattr(os, "posix_spawn", lambda *given, **_: started.append(given))
        held = None
        if switch != "nothing":
            _put(spool)
        match switch:
            case "paused":
                switches.pause(spool.folder)
            case "gone":
                switches.switch_off(spool.folder, "url")
            case "hold":
                switches.hold(spool.folder, 60)
            case "busy":
                held = lock.take(os.path.join(spool.folder, layout.UPLOAD_LOCK))
            case "guard":
                monkeypatch.setenv(child.GUARD, "1")
        uploader.start(spool.folder, _NOWHERE)
        if held:
            held.release()

        assert [] == started
        monkeypatch.delenv(child.GUARD, raising=False)
        for resume in (switches.resume, switches.switch_on):
            resume(spool.folder)
        if switch not in ("nothing", "hold"):
            uploader.start(spool.folder, _NOWHERE)
            assert 1 == len(started)


_START = """
import sys
from telemetry import uploader
from telemetry.endpoints import Destination
uploader.start(sys.argv[1], Destination(sys.argv[2]), sys.argv[3] or None)
print("ended")
"""


def _command(spool: Spool, address: str, ca_file: str = "") -> list[str]:
    return [sys.executable, "-c", _START, spool.folder, address, ca_file]


class TestChild:
    """The detached process."""

    def test_uploads_what_earlier_runs_left(
        self, collector: HTTPServer, authority: Authority, spool: Spool
    ) -> None:
        """A run starts a process that outlives it and uploads what waits, of killed runs too."""
        collector.expect_request(_PATH).respond_with_data(status=201)
        sessions = _put(spool, 2)
        killed = record()
        path = os.path.join(spool.folder, layout.RUNNING, layout.file_name(killed.session_id, "full"))
        os.makedirs(os.path.dirname(path))
        Path(path).write_bytes(killed.data)
        command = _command(spool, collector.url_for("")[:-1], authority.certificate)
        subprocess.run(command, check=True, timeout=30, stdout=subprocess.DEVNULL)

        _await(lambda: SentLog(spool.folder).last_pass() is not None)
        assert {killed.data, *(session.data for session in sessions)} == set(_bodies(collector))

    def test_shares_nothing_with_its_run(self, spool: Spool) -> None:
        """A collector that stalls keeps neither the command nor whoever reads its output."""
        _put(spool)
        with Peer(silent) as peer:
            command = _command(spool, f"http://127.0.0.1:{peer.port}")
            # The end of both streams is waited for: a child that held one would have ended by then.
            done = subprocess.run(command, capture_output=True, check=True, timeout=90)
            assert (b"ended\n", b"") == (done.stdout, done.stderr)
            _await(lambda: peer.connections > 0)
            pid = _uploading(spool)
            try:
                assert os.getsid(0) != os.getsid(pid)
                assert "/" == os.readlink(f"/proc/{pid}/cwd")
                for stream in (0, 1, 2):
                    assert os.devnull == os.readlink(f"/proc/{pid}/fd/{stream}")
            finally:
                os.kill(pid, signal.SIGKILL)

    def test_killed_in_the_middle(self, collector: HTTPServer, authority: Authority, spool: Spool) -> None:
        """With an upload killed half-way and two more at once, each session arrives, and none stays."""
        seen: list[bytes] = []

        def answer(request: Request) -> Response:
            seen.append(_body(request))
            if len(seen) == 3:
                os.kill(_uploading(spool), signal.SIGKILL)
            return Response(status=201 if seen.count(seen[-1]) == 1 else 304)

        collector.expect_request(_PATH).respond_with_handler(answer)
        sessions = _put(spool, 10)
        command = _command(spool, collector.url_for("")[:-1], authority.certificate)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        _await(lambda: len(seen) >= 3 and not lock.is_held(os.path.join(spool.folder, layout.UPLOAD_LOCK)))
        assert _ids(spool)

        runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
        assert [0, 0] == [run.wait() for run in runs]

        _await(lambda: not spool.has_pending())
        assert {session.data for session in sessions} == set(seen)

    def test_own_fault_is_logged(self, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
        """A fault of the uploader's own ends in its log, for nobody sees its output."""

        def fail(*_: object) -> None:
            raise RuntimeError("a fault")

        monkeypatch.setattr(uploader, "run_pass", fail)
        monkeypatch.setattr(child, "settle_in", lambda **_: None)
        os.makedirs(spool.folder)

        assert 1 == uploader.main([child.Settings(spool.folder, _NOWHERE).pack()])
        assert "RuntimeError: a fault" in Path(spool.folder, layout.UPLOAD_LOG).read_text()

    def test_never_raises(self, folder: str) -> None:
        """A telemetry folder that is none costs the run nothing."""
        Path(folder).parent.mkdir(parents=True)
        Path(folder).write_text("mine")
        uploader.start(folder, _NOWHERE)

        assert "mine" == Path(folder).read_text()


def _uploading(spool: Spool) -> int:
    """Return the id of the process that uploads from a spool."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path("/proc", pid, "cmdline").read_bytes()
        except OSError:
            continue
        if b"telemetry.uploader" in command and spool.folder.encode() in command:
            return int(pid)
    raise AssertionError("no process uploads")
