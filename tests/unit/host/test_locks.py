"""Locks of files: one at a time, many readers, and nothing that outlives its holder."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from taskrunner.host.locks import locked


def test_one_at_a_time(tmp_path: Path) -> None:
    """Who does not wait is told that the lock is taken; once it is free, it can be had again."""
    path = str(tmp_path / "lock")

    with locked(path) as mine, locked(path, wait=False) as second:
        assert (mine, second) == (True, False)
    with locked(path, wait=False) as free:
        assert free


def test_shared(tmp_path: Path) -> None:
    """Readers do not keep each other out, but they keep a writer out."""
    path = str(tmp_path / "lock")

    with (
        locked(path, shared=True) as first,
        locked(path, shared=True, wait=False) as second,
        locked(path, wait=False) as writer,
    ):
        assert (first, second, writer) == (True, True, False)


def test_a_dead_holder_holds_nothing(tmp_path: Path) -> None:
    """A process that was killed leaves a file, but no lock."""
    path = str(tmp_path / "lock")
    code = (
        f"import os, signal\nfrom taskrunner.host.locks import locked\n"
        f"with locked({path!r}):\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False, timeout=30)

    assert os.path.exists(path)
    with locked(path, wait=False) as mine:
        assert mine


def test_waiting_is_told(tmp_path: Path) -> None:
    """Whoever has to wait says so first, and gets the lock, also where its file is gone by then."""
    path = str(tmp_path / "lock")
    waits, done = threading.Event(), []

    def wait() -> None:
        with locked(path, on_wait=waits.set) as mine:
            done.append((mine, os.path.exists(path)))

    with locked(path):
        thread = threading.Thread(target=wait)
        thread.start()
        assert waits.wait(10)
        os.unlink(path)
    thread.join(10)

    assert done == [(True, True)]


def test_without_a_folder(tmp_path: Path) -> None:
    """A lock whose folder does not exist cannot be held."""
    with pytest.raises(OSError, match="No such file"), locked(str(tmp_path / "none" / "lock")):
        pass
