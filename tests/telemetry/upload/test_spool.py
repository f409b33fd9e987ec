"""The sessions that wait."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from telemetry import layout
from telemetry.retention import DAY
from telemetry.spool import Spool
from telemetry.tally import Tally
from tests.telemetry.upload.sessions import Recorded, age, record, tree


def _fill(spool: Spool, number: int, size: int = 0) -> list[Recorded]:
    """Put sessions into the spool, each a minute younger than the one before."""
    sessions = [record(size) for _ in range(number)]
    for minutes, session in enumerate(reversed(sessions)):
        spool.put(session.session_id, session.data)
        age(_path(spool, session), 60 * minutes + 60)
    return sessions


def _path(spool: Spool, session: Recorded) -> str:
    return os.path.join(spool.folder, layout.SPOOL, layout.file_name(session.session_id, "full"))


def _ids(spool: Spool) -> set[str]:
    return {entry.session_id for entry in spool.pending()}


def test_byte_for_byte(spool: Spool) -> None:
    """What is put is what is read, and nothing else lies on the disk."""
    session = record()
    assert spool.put(session.session_id, session.data, "basic")

    (entry,) = spool.pending()
    assert (session.session_id, "basic", session.data) == (entry.session_id, entry.level, spool.read(entry))
    assert [session.data] == list(tree(spool.folder).values())


def test_private(spool: Spool) -> None:
    """Nobody but the owner enters the telemetry folder or the spool."""
    session = record()
    spool.put(session.session_id, session.data)

    for folder in (spool.folder, os.path.join(spool.folder, layout.SPOOL)):
        assert 0o700 == os.stat(folder).st_mode & 0o777


def test_nothing_before_the_first_session(spool: Spool) -> None:
    """Looking at a spool that does not exist creates nothing."""
    assert not spool.has_pending()
    assert [] == spool.pending()
    assert 0 == spool.abandoned()
    assert 0 == spool.clear()
    assert Tally() == spool.tally()
    assert not os.path.exists(spool.folder)


def test_at_most_200_sessions(spool: Spool) -> None:
    """With 200 sessions waiting, the oldest makes room for the next, and is counted."""
    oldest, *others = _fill(spool, 200)
    new = record()
    spool.put(new.session_id, new.data)

    assert {new.session_id, *(each.session_id for each in others)} == _ids(spool)
    assert oldest.session_id not in _ids(spool)
    assert Tally(dropped=1) == spool.tally()


def test_at_most_two_mebibytes(spool: Spool) -> None:
    """Sessions never take more than 2 MiB, whatever their number."""
    sessions = _fill(spool, 40, size=60 * 1024)

    total = sum(entry.size for entry in spool.pending())
    assert 2 * 1024 * 1024 - 60 * 1024 < total <= 2 * 1024 * 1024
    assert sessions[-1].session_id in _ids(spool)
    assert 40 - len(_ids(spool)) == spool.tally().dropped


@pytest.mark.parametrize("days", [31, -31])
def test_thirty_days(spool: Spool, days: float) -> None:
    """A session ends after 30 days, and so does one that a clock gone wrong put into the future."""
    old, young = _fill(spool, 2)
    age(_path(spool, old), days * DAY)

    assert {young.session_id} == _ids(spool)
    assert Tally(dropped=1) == spool.tally()


def test_too_large_for_any_collector(spool: Spool) -> None:
    """A session of more than 64 KiB is not kept: no collector takes it."""
    session = record(64 * 1024 + 1)

    assert not spool.put(session.session_id, session.data)
    assert not spool.has_pending()


def test_random_order(spool: Spool) -> None:
    """The order differs from one look to the next, so that no session is always behind a bad one."""
    _fill(spool, 8)

    orders = {tuple(entry.session_id for entry in spool.pending()) for _ in range(20)}
    assert len(orders) > 10


@pytest.mark.parametrize("session_id", ["../../etc/passwd", "", "x", "A" * 36])
def test_ids_are_no_paths(spool: Spool, session_id: str) -> None:
    """An id that is none cannot name a file anywhere."""
    with pytest.raises(ValueError, match="no name for a session"):
        spool.put(session_id, b"{}")


def _empty(path: str) -> None:
    Path(path).write_bytes(b"")


def _torn(path: str) -> None:
    Path(path).write_bytes(record().data[:-3])


def _of_another(path: str) -> None:
    Path(path).write_bytes(record().data)


def _nested(path: str) -> None:
    Path(path).write_bytes(b"[" * 60_000)


def _no_object(path: str) -> None:
    Path(path).write_bytes(b"[1e400]")


def _huge(path: str) -> None:
    with open(path, "wb") as file:
        file.truncate(1024 * 1024 * 1024)


def _folder(path: str) -> None:
    Path(path).mkdir()
    Path(path, "inside").write_bytes(b"x")


def _link(path: str) -> None:
    Path(path).symlink_to("/etc/passwd")


def _pipe(path: str) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    "intrude", [_empty, _torn, _of_another, _nested, _no_object, _huge, _folder, _link, _pipe]
)
def test_what_is_no_session_goes_aside(spool: Spool, intrude: Callable[[str], None]) -> None:
    """Whatever lies under a session's name, it goes aside, is counted, and the others are still read."""
    good = record()
    spool.put(good.session_id, good.data)
    intrude(_path(spool, record()))

    read = [spool.read(entry) for entry in spool.pending()]

    assert [good.data] == [data for data in read if data is not None]
    assert {good.session_id} == _ids(spool)
    assert Tally(quarantined=1) == spool.tally()


def test_unknown_names_go_aside(spool: Spool) -> None:
    """A file whose name is no session's goes aside as well; hidden ones belong to the file system."""
    good = record()
    spool.put(good.session_id, good.data)
    folder = Path(spool.folder, layout.SPOOL)
    (folder / "notes.txt").write_text("x")
    (folder / ".nfs0001").write_text("x")

    assert {good.session_id} == _ids(spool)
    assert [".nfs0001", layout.file_name(good.session_id, "full")] == sorted(os.listdir(folder))
    assert 1 == len(os.listdir(Path(spool.folder, layout.QUARANTINE)))


def test_quarantine_is_bounded(spool: Spool) -> None:
    """What goes aside does not pile up."""
    folder = Path(spool.folder, layout.SPOOL)
    folder.mkdir(parents=True)
    for number in range(50):
        (folder / f"{number}.json").write_text("x")
    (folder / "huge.json").touch()
    _huge(str(folder / "huge.json"))
    spool.pending()

    aside = tree(os.path.join(spool.folder, layout.QUARANTINE))
    assert len(aside) <= 20
    assert sum(map(len, aside.values())) <= 1024 * 1024
    assert 51 == spool.tally().quarantined


def test_leftovers_of_a_killed_write_go(spool: Spool) -> None:
    """A temporary file that nobody finishes is deleted after an hour, not before."""
    folder = Path(spool.folder, layout.SPOOL)
    folder.mkdir(parents=True)
    for name, hours in ((".old", 2.0), (".new", 0.5)):
        (folder / name).write_text("x")
        age(str(folder / name), hours * 3600)
    spool.pending()

    assert [".new"] == os.listdir(folder)


def test_vanished_session(spool: Spool) -> None:
    """A session that another process took meanwhile is no fault, and none of the quarantine's business."""
    session = record()
    spool.put(session.session_id, session.data)
    (entry,) = spool.pending()
    os.unlink(entry.path)

    assert spool.read(entry) is None
    assert not spool.remove(entry)
    assert Tally() == spool.tally()


def test_clear_leaves_nothing(spool: Spool) -> None:
    """Emptying the spool deletes sessions, records, what went aside, counts and notes."""
    session, run = record(), record()
    spool.put(session.session_id, session.data)
    held = spool.running(run.session_id, run.data)
    for name in layout.DESCRIPTIONS:
        if not os.path.exists(os.path.join(spool.folder, name)):
            Path(spool.folder, name).write_text("x")

    assert 1 == spool.clear()
    assert [] == os.listdir(spool.folder)

    assert held is not None
    assert not held.finish(run.data)
    assert [] == os.listdir(spool.folder)


def test_drop_is_counted(spool: Spool) -> None:
    """Sessions that nobody will take any more are deleted and counted."""
    _fill(spool, 3)

    assert 3 == spool.drop()
    assert not spool.has_pending()
    assert Tally(dropped=3) == spool.tally()


_ON_A_FULL_DISK = """
import resource, sys
from telemetry.spool import Spool
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
spool = Spool(sys.argv[1])
print(spool.put(sys.argv[2], b"x" * 1000), spool.running(sys.argv[2], b"x" * 1000))
"""


def test_full_disk(spool: Spool) -> None:
    """A disk that takes no more costs the session, and leaves no half of it."""
    command = [sys.executable, "-c", _ON_A_FULL_DISK, spool.folder, record().session_id]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "False None\n" == done.stdout
    assert {} == tree(spool.folder)


def test_folder_that_is_none(spool: Spool) -> None:
    """A file where the folder should be costs the session and nothing else, and is left alone."""
    Path(spool.folder).parent.mkdir(parents=True)
    Path(spool.folder).write_text("mine")
    session = record()

    assert not spool.put(session.session_id, session.data)
    assert spool.running(session.session_id, session.data) is None
    assert [] == spool.pending()
    assert 0 == spool.abandoned()
    assert "mine" == Path(spool.folder).read_text()
