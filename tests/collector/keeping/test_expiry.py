"""What is kept no longer than it may be: in the store, in its log, and in exported files."""

import gzip
import time
import uuid
from pathlib import Path

import pytest

from telemetry.collector import transfer
from telemetry.collector.exports import prune
from tests.support.collected import fill
from tests.support.verbs import collector_verb

DAY = 24 * 3600 * 1000
NOW = int(time.time() * 1000)


def _session(received: int, canary: str = "x") -> bytes:
    return transfer.line(received, transfer.expiry(received, 60), f'{{"canary":"{canary}"}}'.encode())


def _export(path: Path, *received: int) -> Path:
    lines = [transfer.head(transfer.expiry(min(received), 60)), *(_session(each) for each in received)]
    data = b"".join(lines)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def _left(path: Path) -> list[int]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    found = [transfer.read_line(line) for line in data.splitlines()[1:]]
    return [each[0] for each in found if each is not None]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_gone_from_the_disk(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """An expired session is in no file of the store any more: neither in the database nor in its log."""
    old, young = uuid.uuid4().hex, uuid.uuid4().hex
    store = str(tmp_path / "store")
    if kind == "postgres":
        store = request.getfixturevalue("postgres").new_database()
    fill(store, [(NOW - 62 * DAY, old)] * 40 + [(NOW - 3 * DAY, young)] * 40)

    done = collector_verb("expire", "--store", store)

    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith(b"40 sessions")
    if kind == "sqlite":
        held = b"".join(path.read_bytes() for path in (tmp_path / "store").iterdir())
        assert old.encode() not in held
        assert young.encode() in held


def test_exports_are_pruned(tmp_path: Path) -> None:
    """Expired sessions are taken out of exported files; a file with nothing left in it is deleted."""
    old, young = NOW - 70 * DAY, NOW - 2 * DAY
    mixed = _export(tmp_path / "mixed.jsonl", old, young, old)
    packed = _export(tmp_path / "packed.jsonl.gz", old, young)
    over = _export(tmp_path / "over.jsonl", old)
    fresh = _export(tmp_path / "fresh.jsonl", young)
    before = fresh.read_bytes()
    other = tmp_path / "notes.txt"
    other.write_text("no export")

    done = collector_verb("expire", "--store", str(tmp_path / "store"), "--exports", str(tmp_path))

    assert done.exit_code == 0, done.stderr
    assert b"4 sessions were taken out of exports, and 1 files deleted" in done.stdout
    assert _left(mixed) == [young]
    assert _left(packed) == [young]
    assert not over.exists()
    assert fresh.read_bytes() == before
    assert other.read_text() == "no export"


def test_pruned_head(tmp_path: Path) -> None:
    """A pruned file says when the first of what is left in it expires, and is for its owner alone."""
    old, young = NOW - 70 * DAY, NOW - 2 * DAY
    path = _export(tmp_path / "mixed.jsonl", old, young)

    prune(str(tmp_path), NOW)

    assert transfer.read_head(path.read_bytes().splitlines()[0]) == transfer.expiry(young, 60)
    assert path.stat().st_mode & 0o077 == 0


def test_import_refuses(tmp_path: Path) -> None:
    """What has expired is not taken again, so that an old copy brings nobody back."""
    path = _export(tmp_path / "old.jsonl", NOW - 70 * DAY)

    done = collector_verb("import", "--store", str(tmp_path / "store"), str(path))

    assert b"0 stored" in done.stdout
    assert b"1 have expired" in done.stdout


def test_no_folder(tmp_path: Path) -> None:
    """A folder of exports that is not there is a mistake with a name."""
    done = collector_verb(
        "expire", "--store", str(tmp_path / "store"), "--exports", str(tmp_path / "nowhere")
    )

    assert done.exit_code == 2
    assert "expire.exports" in done.stderr
