"""A collector that answers anything at all: the session's fate is known, the command never notices."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from telemetry import uploader
from telemetry.endpoints import Destination
from telemetry.spool import Spool
from tests.telemetry.commands.peer import Collector
from tests.telemetry.faults.conftest import Beside
from tests.telemetry.journeys.person import settle
from tests.telemetry.upload.peers import Peer, endless_body, hang_up, silent, trickle
from tests.telemetry.upload.sessions import record

GONE = {410}
STORED = {201, 304}
AGAIN = {408, 425, 429}
CODES = (*range(200, 209), 226, *range(300, 309), *range(400, 432), 451, *range(500, 512), 599, 600, 999)


def fate(code: int) -> str:
    """Return what has to become of a session that was answered so."""
    if code in STORED:
        return "stored"
    if code in GONE:
        return "gone"
    return "refused" if 400 <= code < 500 and code not in AGAIN else "later"


def answering(code: int) -> Callable[[socket.socket, threading.Event], None]:
    """Return a peer that answers every request with a status code and a redirect to somewhere else."""

    def treat(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(65536)
        head = f"HTTP/1.1 {code} Whatever\r\nLocation: http://127.0.0.1:1/stolen\r\n"
        connection.sendall(f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())

    return treat


def test_every_status_code(tmp_path: Path) -> None:
    """Each has the consequence that its meaning has: stored, dropped, kept for later, or the end."""
    found = {}
    for code in CODES:
        spool = Spool(str(tmp_path / str(code)))
        session_id, data = record()
        assert spool.put(session_id, data)
        with Peer(answering(code)) as peer:
            summary = uploader.run_pass(spool.folder, Destination(f"http://127.0.0.1:{peer.port}"))
        assert summary is not None
        left = os.listdir(os.path.join(spool.folder, "spool"))
        told = spool.tally()
        if summary.sent:
            found[code] = "stored"
        elif summary.refused:
            found[code] = "refused"
        else:
            found[code] = "gone" if summary.ended == "gone" else "later"
        assert bool(left) == (found[code] == "later"), code
        assert (told.sent, told.refused) == (found[code] == "stored", found[code] == "refused"), code

    assert {code: fate(code) for code in CODES} == found


def lying(length: int, body: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Return a peer that promises a body of one length and sends another."""

    def treat(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 201 Created\r\nContent-Length: {length}\r\n\r\n".encode() + body)

    return treat


class Gigabyte:
    """Sends a gigabyte, and counts what was taken."""

    def __init__(self) -> None:
        self.taken = 0

    def __call__(self, connection: socket.socket, _: threading.Event) -> None:
        """Answer one request."""
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 1073741824\r\n\r\n")
        part = b"x" * 65536
        with contextlib.suppress(OSError):
            while self.taken < 2**30:
                connection.sendall(part)
                self.taken += len(part)


def endless_head(connection: socket.socket, ended: threading.Event) -> None:
    """Answer with headers that never end."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 201 Created\r\n")
    while not ended.wait(0.001):
        connection.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")


def always_continue(connection: socket.socket, ended: threading.Event) -> None:
    """Promise an answer again and again."""
    connection.recv(65536)
    while not ended.wait(0.001):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def noise(connection: socket.socket, _: threading.Event) -> None:
    """Answer with what is no HTTP."""
    connection.recv(65536)
    connection.sendall(os.urandom(4096))


PEERS = {
    "promises more than it sends": (lying(10**12, b"short"), "stored"),
    "sends more than it promises": (lying(2, b"x" * 100_000), "stored"),
    "promises a negative length": (lying(-5, b""), "later"),
    "sends noise": (noise, "later"),
    "sends headers without end": (endless_head, "later"),
    "hangs up": (hang_up, "later"),
    "sends a body without end": (endless_body, "stored"),
}


@pytest.mark.parametrize("name", PEERS)
def test_answers_that_are_none(tmp_path: Path, name: str) -> None:
    """What a collector says after the head of its answer changes nothing, and holds nobody up."""
    treat, expected = PEERS[name]
    spool = Spool(str(tmp_path / "telemetry"))
    assert spool.put(*record())
    with Peer(treat) as peer:
        summary = uploader.run_pass(spool.folder, Destination(f"http://127.0.0.1:{peer.port}"))

    assert summary is not None
    assert (expected == "stored", expected == "later") == (summary.sent == 1, summary.failed == 1)


def test_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    """The head of the answer is enough; the rest is not fetched."""
    gigabyte = Gigabyte()
    spool = Spool(str(tmp_path / "telemetry"))
    assert spool.put(*record())
    with Peer(gigabyte) as peer:
        summary = uploader.run_pass(spool.folder, Destination(f"http://127.0.0.1:{peer.port}"))

    assert summary is not None
    assert 1 == summary.sent
    assert gigabyte.taken < 32 * 2**20


ON_CI = {"CI": "true", "TASKRUNNER_ENABLE_TELEMETRY": "true"}


@pytest.mark.parametrize("code", [200, 307, 400, 410, 429, 503])
def test_a_command_on_ci_does_not_notice(beside: Beside, collector: Collector, code: int) -> None:
    """Output and exit code are the usual, a redirect leads nowhere, and what may still be taken is kept."""
    elsewhere = collector.server.url_for("/elsewhere")
    headers = {"Location": elsewhere, "Retry-After": "5"}
    collector.server.expect_request("/v1/sessions").respond_with_data(b"x" * 1000, code, headers)

    beside.check(f"on CI, the collector answers {code}", "list", env={**ON_CI, **collector.variables})

    assert ["/v1/sessions"] == [request.path for request, _ in collector.server.log]
    spool = beside.folder / "spool"
    kept = len(os.listdir(spool)) if spool.exists() else 0
    assert kept == (fate(code) == "later")


@pytest.mark.parametrize(
    ("name", "treat"),
    [
        ("never answers", silent),
        ("sends a byte a second", trickle),
        ("sends 100 Continue without end", always_continue),
        ("sends a gigabyte", Gigabyte()),
        ("lies about lengths", lying(10**12, b"short")),
    ],
)
def test_a_command_on_ci_waits_five_seconds_at_most(
    beside: Beside, name: str, treat: Callable[[socket.socket, threading.Event], None]
) -> None:
    """Whatever a collector does with the connection, and nothing but that time is different."""
    with Peer(treat) as peer:
        env = {**ON_CI, "TASKRUNNER_TELEMETRY_URL": f"http://127.0.0.1:{peer.port}"}
        # Starting processes takes a busy machine some time; the attempt itself ends after 4.5 s.
        beside.check(f"on CI, the collector {name}", "list", within=9, env=env)


def test_ctrl_c_ends_the_wait(beside: Beside) -> None:
    """Whoever is in a hurry while CI's session is sent gets the command's own exit code, and no traceback."""
    waited = []
    # On a busy machine the end of a process alone may take as long; not each time.
    while len(waited) < 4 and min(waited, default=9) > 3.5:
        waited.append(_after_ctrl_c(beside))

    assert min(waited) <= 3.5, "of the five seconds that it would have been"
    assert len(waited) == len(os.listdir(beside.folder / "spool"))


def _after_ctrl_c(beside: Beside) -> float:
    """Press Ctrl-C while a collector is waited for; return how many seconds the command went on."""
    with Peer(silent) as peer:
        env = {**ON_CI, "TASKRUNNER_TELEMETRY_URL": f"http://127.0.0.1:{peer.port}"}
        running = beside.journey.start("list", env=env)
        deadline = time.monotonic() + 60
        while not peer.connections:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        pressed = time.monotonic()
        running.signal(signal.SIGINT)
        result = running.finish(60)
        waited = time.monotonic() - pressed
        settle(beside.journey)
    assert (0, "") == (result.exit_code, result.stderr)
    return waited
