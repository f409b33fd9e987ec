"""A home that is broken, full, slow or somebody else's costs sessions, and nothing else."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telemetry import layout
from telemetry.layout import DESCRIPTIONS
from tests.support.slow_disk import slow_disk
from tests.telemetry.commands.peer import Collector
from tests.telemetry.faults.conftest import Beside
from tests.telemetry.journeys.person import settle

COMMANDS = (("list",), ("run", "hello"))
"""One that ends well, and one that fails: no engine answers here."""
ENABLED = {"TASKRUNNER_ENABLE_TELEMETRY": "true"}


def _file(path: Path) -> None:
    path.write_text("mine")


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _folder(path: Path) -> None:
    (path / "within").mkdir(parents=True)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**30)


def _unreadable(path: Path) -> None:
    path.write_text("mine")
    path.chmod(0)


SPOILS: dict[str, Callable[[Path], None]] = {
    "a file": _file,
    "a pipe": _pipe,
    "a link to itself": _loop,
    "a folder": _folder,
    "a gigabyte of nothing": _huge,
}


@pytest.mark.parametrize(
    ("what", "words"),
    [*((what, COMMANDS[0]) for what in SPOILS), ("a file", COMMANDS[1]), ("a pipe", COMMANDS[1])],
)
def test_each_file_is_something_else(beside: Beside, what: str, words: tuple[str, ...]) -> None:
    """Whatever stands in the place of each file of telemetry's, one after another and all at once."""
    for name in DESCRIPTIONS:
        if name in (layout.OFF, layout.PAUSED):
            continue  # those are there or not, whatever they are
        path = beside.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
        SPOILS[what](path)
    beside.check(f"every file of telemetry's is {what}", *words)

    answer = beside.folder / "consent.json"
    answer.unlink()
    SPOILS[what](answer)
    beside.check(f"the stored answer is {what}", *words)

    shutil.rmtree(beside.folder)
    if what == "a folder":
        return  # as it should be
    SPOILS[what](beside.folder)
    beside.check(f"the folder of telemetry is {what}", *words)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_home(beside: Beside, words: tuple[str, ...]) -> None:
    """Without HOME, or with one that leads nowhere, a command is what it is without telemetry."""
    for name, home in {
        "no HOME": None,
        "HOME does not exist": "/nonexistent",
        "HOME is /proc": "/proc",
    }.items():
        beside.check(name, *words, env={**ENABLED, "HOME": home, "TASKRUNNER_HOME": home and f"{home}/state"})


_READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
_FULL = (
    'cp -a "$1" "$2" && mount -t tmpfs -o size=64k tmpfs "$1" && cp -a "$2/." "$1" && '
    '{ dd if=/dev/zero of="$1/filler" bs=1k 2>/dev/null || true; } && shift 2 && exec "$@"'
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_home_that_cannot_be_written(beside: Beside, words: tuple[str, ...]) -> None:
    """A home on a read-only or a full disk: nothing is recorded, and nobody hears of it."""
    home = str(beside.journey.home)
    beside.prefix = ("/usr/bin/unshare", "--mount", "sh", "-c", _READ_ONLY, "sh", home)
    beside.check("the home is read-only", *words)

    copy = f"{home}-copy"
    beside.prefix = ("/usr/bin/unshare", "--mount", "sh", "-c", f'rm -rf "$2"; {_FULL}', "sh", home, copy)
    beside.check("the disk is full", *words)
    shutil.rmtree(copy)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_folder_of_root(beside: Beside, words: tuple[str, ...]) -> None:
    """What root once made in a person's home is not believed, not written to, and not mentioned."""
    # The interpreter may be in a folder of root's, which a person could not read.
    reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    beside.prefix = ("/usr/bin/setpriv", "--reuid=4242", "--regid=4242", "--clear-groups", *reading)
    state = beside.journey.home / ".taskrunner"
    os.chown(beside.journey.home, 4242, 4242)
    os.chown(state, 4242, 4242)
    before = _tree(beside.folder)

    beside.check("the folder belongs to root", *words)

    assert before == _tree(beside.folder)
    # The files are the person's, and only the folder for the sessions is not.
    for path in (beside.folder, *beside.folder.iterdir()):
        os.chown(path, 4242, 4242)
    (beside.folder / "spool").mkdir(mode=0o700)
    beside.check("the spool belongs to root", *words)
    assert [] == os.listdir(beside.folder / "spool")


@pytest.fixture
def memory(beside: Beside) -> Iterator[str]:
    """Give a state folder on a disk that is fast enough for ten thousand files, where somebody said yes."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        state = os.path.join(folder, "state")
        assert 0 == beside.run(("telemetry", "enable"), {"TASKRUNNER_HOME": state}).exit_code
        yield state


def test_a_spool_of_ten_thousand(beside: Beside, memory: str) -> None:
    """A command does not look through them; afterwards the limits hold again."""
    spool = Path(memory, "telemetry", layout.SPOOL)
    spool.mkdir(mode=0o700)
    ((_, session),) = beside.examples(1)
    for number in range(5_000):
        (spool / f"00000000-0000-4000-8000-{number:012x}.full.json").write_bytes(session)
        (spool / f"junk-{number}").write_bytes(b"")
    for words in COMMANDS:
        beside.check("a spool of 10,000 files", *words, env={"TASKRUNNER_HOME": memory})

    assert beside.run(("telemetry", "submit"), {"TASKRUNNER_HOME": memory}).exit_code == 0
    left = os.listdir(spool)
    assert len(left) <= 200
    assert not [name for name in left if name.startswith("junk")]
    assert len(os.listdir(spool.with_name(layout.QUARANTINE))) <= 20


def test_what_is_no_session_does_not_stop_the_rest(beside: Beside, collector: Collector) -> None:
    """Torn, empty, unreadable, huge and linked files, a folder and a pipe go aside; sessions arrive."""
    collector.server.expect_request("/v1/sessions").respond_with_data(status=201)
    spool = beside.folder / layout.SPOOL
    spool.mkdir(mode=0o700)
    (good_id, good), (torn_id, torn) = beside.examples(2)
    (spool / f"{good_id}.full.json").write_bytes(good)
    (spool / f"{torn_id}.full.json").write_bytes(torn[:-20])
    for number, (name, spoil) in enumerate({**SPOILS, "unreadable": _unreadable}.items()):
        spoil(spool / f"00000000-0000-4000-8000-{number:012x}.full.json")
        spoil(spool / name.replace(" ", "-"))
    beside.check("files in the spool that are no sessions", "list", env=collector.variables)
    beside.run(("telemetry", "submit"), collector.variables)

    assert [] == os.listdir(spool)
    sent = [line.split()[1] for line in beside.run(("telemetry", "log"), {}).stdout.splitlines()]
    assert good_id in sent
    assert torn_id not in sent
    assert len(sent) == 2, "that of the command, and that of before"


def test_a_slow_disk_is_not_waited_for(beside: Beside, tmp_path: Path) -> None:
    """A home far away, where each request takes 20 ms: few are the command's own, whatever lies there."""
    spool = beside.folder / layout.SPOOL
    spool.mkdir(mode=0o700)
    for session_id, session in beside.examples(5):
        (spool / f"{session_id}.full.json").write_bytes(session)
    # Uploads have as long as they like, which is nothing to wait for here.
    (beside.folder / layout.PAUSED).touch()
    mountpoint = tmp_path / "far"
    mountpoint.mkdir()
    requests = tmp_path / "requests"
    env = {"TASKRUNNER_HOME": str(mountpoint)}
    with slow_disk(beside.journey.home / ".taskrunner", mountpoint, 0.02, requests):
        beside.check("a disk where each request takes 20 ms", "list", within=5, env=env)
        beside.check("a disk where each request takes 20 ms", "run", "hello", within=5, env=env)
        requests.write_text("")
        running = beside.journey.start("list", env={**env, "TASKRUNNER_TELEMETRY_URL": "http://127.0.0.1:9"})
        pid = running.process.pid
        assert 0 == running.finish(60).exit_code
        mine = [each for line in requests.read_text().splitlines() if (each := json.loads(line))[0] == pid]
        about_telemetry = [each for each in mine if "/telemetry" in each[2]]
        settle(beside.journey)

    # Where the folder is, where the answer is, to open it, whose it is, to read it, and to close it.
    assert len(about_telemetry) <= 6, about_telemetry
    assert not [each for each in about_telemetry if "spool" in each[2]]


def _tree(path: Path) -> dict[str, object]:
    return {str(each): (each.lstat().st_mtime_ns, each.lstat().st_uid) for each in path.rglob("*")}
