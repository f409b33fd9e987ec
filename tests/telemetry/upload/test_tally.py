"""Counts that travel with the next session."""

import multiprocessing
import os
from pathlib import Path

import pytest

from telemetry import layout, tally
from telemetry.tally import Tally


def test_counts_add_up_and_are_taken_once(tmp_path: Path) -> None:
    """Counts add up until they are taken; then they start again from nothing."""
    tally.add(str(tmp_path), sent=1, milliseconds=250)
    tally.add(str(tmp_path), sent=2, refused=1)

    assert Tally(sent=3, refused=1, milliseconds=250) == tally.peek(str(tmp_path))
    assert Tally(sent=3, refused=1, milliseconds=250) == tally.take(str(tmp_path))
    assert Tally() == tally.take(str(tmp_path))
    assert [] == os.listdir(tmp_path)


def test_processes_count_together(tmp_path: Path) -> None:
    """No count is lost when several processes write at once."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_count, args=[str(tmp_path)]) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert 3 * 200 == tally.take(str(tmp_path)).sent


def _count(folder: str) -> None:
    for _ in range(200):
        tally.add(folder, sent=1)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\xff\n", b"sent\n", b"sent -1\n", b"sent 1e9\n", b"sent " + b"9" * 5000 + b"\n", b"other 1\n"],
)
def test_damaged_counts_are_left_out(tmp_path: Path, content: bytes) -> None:
    """Lines that are no counts cost themselves and nothing else."""
    (tmp_path / layout.TALLY).write_bytes(content)
    tally.add(str(tmp_path), dropped=4)

    assert Tally(dropped=4) == tally.take(str(tmp_path))


def test_no_folder_no_counts(tmp_path: Path) -> None:
    """Where there is no folder, none is made for a count."""
    folder = str(tmp_path / "none")
    tally.add(folder, sent=1)

    assert Tally() == tally.take(folder)
    assert not os.path.exists(folder)
