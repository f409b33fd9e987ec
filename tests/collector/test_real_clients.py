"""Sessions through the client's own spool and uploader, with a collector that is killed in the middle."""

import json
import signal
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from telemetry.endpoints import Destination
from telemetry.sent_log import SentLog
from telemetry.spool import Spool
from telemetry.uploader import run_pass
from tests.support.collector import a_session, collecting
from tests.support.stores import kept

_EACH = 25
"""Sessions that wait in each home."""


def _fill(homes: list[Path]) -> set[str]:
    """Let sessions wait in each home; return their ids."""
    ids = set()
    for home in homes:
        spool = Spool(str(home))
        for _ in range(_EACH):
            session = a_session()
            assert spool.put(session["sessionId"], json.dumps(session, separators=(",", ":")).encode())
            ids.add(session["sessionId"])
    return ids


def _upload_all(home: Path, destination: Destination) -> None:
    """Make passes, as later runs of the program would, until nothing waits."""
    end = time.monotonic() + 600
    while Spool(str(home)).has_pending():
        assert time.monotonic() < end
        run_pass(str(home), destination, paused_too=True)


def _through_a_kill(place: str, folder: Path, number: int) -> None:
    homes = [folder / f"home{each}" for each in range(number // _EACH)]
    ids = _fill(homes)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    options = ("--store", place, "--port", port, "--rate-address", "0", "--rate-user", "0")
    destination = Destination(f"http://127.0.0.1:{port}")
    with ThreadPoolExecutor(8) as pool:
        with collecting(folder / "first", *options) as collector:
            uploads = [pool.submit(_upload_all, home, destination) for home in homes]
            killed = threading.Event()

            def kill_in_the_middle() -> None:
                while collector.metric('collector_sessions_total{answer="stored"}') < number / 3:
                    time.sleep(0.02)
                collector.stop(signal.SIGKILL)
                killed.set()

            threading.Thread(target=kill_in_the_middle).start()
            assert killed.wait(300)
        with collecting(folder / "second", *options):
            for upload in uploads:
                upload.result(600)
    told = {
        attempt.session_id
        for home in homes
        for attempt in SentLog(str(home)).attempts()
        if attempt.verdict == "stored"
    }
    assert told == ids
    assert kept(place) == Counter(ids)


@pytest.mark.timeout(300)
def test_every_session_arrives_once(place: str, tmp_path: Path) -> None:
    """Each session that a client was told is stored is there, once, though the collector was killed."""
    _through_a_kill(place, tmp_path, 100)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_ten_thousand_sessions_arrive_once(place: str, tmp_path: Path) -> None:
    """The same holds for ten thousand."""
    _through_a_kill(place, tmp_path, 10_000)
