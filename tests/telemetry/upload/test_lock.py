"""Locks between processes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from telemetry import lock

_HOLD = """
import sys
from telemetry import lock
held = lock.take(sys.argv[1])
print("held" if held else "refused", flush=True)
sys.stdin.read()
"""


@contextmanager
def _holder(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a process that takes a lock and keeps it until it is told to end."""
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "held\n" == process.stdout.readline()
        yield process
        process.kill()


def test_one_holder(tmp_path: Path) -> None:
    """What another process holds cannot be taken, and is seen to be held."""
    path = tmp_path / "lock"
    with _holder(path):
        assert lock.take(str(path)) is None
        assert lock.is_held(str(path))


def test_ends_with_its_process(tmp_path: Path) -> None:
    """A process that is killed leaves no lock behind."""
    path = tmp_path / "lock"
    with _holder(path) as process:
        process.kill()
        process.wait()

        assert not lock.is_held(str(path))
        with lock.take(str(path)) or lock.Held(-1):
            assert lock.is_held(str(path))


def test_patience(tmp_path: Path) -> None:
    """A lock that is released within the patience of the one who wants it is taken."""
    path = tmp_path / "lock"
    with _holder(path) as process:
        assert process.stdin is not None
        process.stdin.close()
        held = lock.take(str(path), patience=30)

    assert held is not None
    held.release()


def test_looking_makes_no_file(tmp_path: Path) -> None:
    """Asking whether a lock is held writes nothing."""
    assert not lock.is_held(str(tmp_path / "lock"))
    assert [] == list(tmp_path.iterdir())
