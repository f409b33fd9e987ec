"""Sessions of runs that were over before the disk was ready."""

import os
import time
from pathlib import Path

import pytest

from telemetry import child, late, layout
from telemetry.spool import Spool
from tests.telemetry.upload.sessions import record, tree


def _arrive(spool: Spool, session_id: str) -> bytes:
    """Return a session once it waits in the spool, at most twenty seconds later."""
    path = Path(spool.folder, layout.SPOOL, f"{session_id}.full.json")
    deadline = time.monotonic() + 20
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return path.read_bytes()


@pytest.mark.parametrize("size", [0, 64 * 1024])
def test_another_process_stores_it(spool: Spool, size: int) -> None:
    """Every byte of it, also of the largest session, without the disk being touched here."""
    session_id, data = record(size)

    assert late.hand_over(spool.folder, session_id, "full", data)
    assert data == _arrive(spool, session_id)


def test_the_record_of_the_run_goes(spool: Spool) -> None:
    """What a later run would take for a run that was killed is deleted first."""
    session_id, early = record()
    running = spool.running(session_id, early)
    assert running is not None
    assert late.hand_over(spool.folder, session_id, "full", early)
    _arrive(spool, session_id)

    assert not any(name.startswith(layout.RUNNING) for name in tree(spool.folder))
    assert 0 == spool.abandoned()
    running.discard()


def test_half_a_session_is_none(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that was killed while it handed over leaves nothing that could be sent."""
    monkeypatch.setattr(child, "settle_in", lambda **_: None)
    monkeypatch.setattr(child, "end_after", lambda _: None)
    session_id, data = record()
    reading, writing = os.pipe()
    os.write(writing, data[:-5])
    os.close(writing)
    with open(reading, encoding="utf-8") as half:
        monkeypatch.setattr(late.sys, "stdin", half)
        settings = child.Settings(spool.folder, child.Destination())

        assert 1 == late.main([settings.pack(), f"{session_id}.full.json"])
    assert not os.path.exists(spool.folder)


def test_no_process_to_be_had(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none can be started, the session is lost and nothing else happens."""
    monkeypatch.setenv(child.GUARD, "1")
    session_id, data = record()

    assert not late.hand_over(spool.folder, session_id, "full", data)
