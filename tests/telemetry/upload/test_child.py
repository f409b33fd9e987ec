"""How the processes that upload are started."""

import os
import site
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from telemetry import child
from telemetry.endpoints import Destination
from tests.telemetry.upload.sessions import record

_SETTINGS = child.Settings("/home/someone/telemetry", Destination("https://host"), "/etc/ca.pem")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Give the list of the commands that would have been started."""
    commands: list[list[str]] = []

    def note(_: str, command: list[str], *_rest: Any, **_options: Any) -> int:
        commands.append(command)
        return 1

    monkeypatch.setattr(os, "posix_spawn", note)
    return commands


def test_settings_survive_the_command_line() -> None:
    """What a run knows, its child knows, also of a folder whose name is no text."""
    settings = _SETTINGS._replace(folder=os.fsdecode(b"/home/\xff/telemetry"))

    assert settings == child.Settings.unpack(settings.pack())


def test_child_works_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths mean the same in the child."""
    monkeypatch.chdir(tmp_path)
    settings = child.Settings("telemetry", Destination(), "ca.pem")

    unpacked = child.Settings.unpack(settings.pack())
    assert (str(tmp_path / "telemetry"), str(tmp_path / "ca.pem")) == (unpacked.folder, unpacked.ca_file)


def test_no_folder_to_work_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program whose working folder was deleted starts no child, and does not fail."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert child.spawn("telemetry.uploader", child.Settings("telemetry", Destination())) is None


@pytest.mark.parametrize(("more", "expected"), [("", "files private"), ("idle=True", "idle files private")])
def test_an_idle_child_has_what_time_nobody_wants(more: str, expected: str) -> None:
    """An upload takes no processor from the command; what a command waits for runs as fast as it."""
    program = (
        f"from telemetry import child; child.settle_in({more}); import os; "
        "print(*['idle'] * (os.sched_getscheduler(0) == os.SCHED_IDLE), "
        "'files', 'private' * (os.umask(0) == 0o077))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert expected == done.stdout.strip()


def _options(started: list[list[str]]) -> list[str]:
    """Return the options of the interpreter that would have been started, without the settings."""
    (command,) = started
    assert (sys.executable, _SETTINGS.pack()) == (command[0], command[-1])
    return command[1:-1]


def test_isolated(started: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The child imports nothing from the folder or the environment of whoever runs the program."""
    monkeypatch.setattr(child, "__file__", "/usr/lib/python3/site-packages/telemetry/child.py")
    child.spawn("telemetry.uploader", _SETTINGS)

    assert ["-I", "-m", "telemetry.uploader"] == _options(started)


def test_installed_for_one_user(started: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package was installed for one user, the child still finds it."""
    monkeypatch.setattr(site, "USER_SITE", os.path.dirname(os.path.dirname(child.__file__)))
    child.spawn("telemetry.uploader", _SETTINGS)

    assert ["-EP", "-m", "telemetry.uploader"] == _options(started)


_IN_AN_ARCHIVE = """
import os, sys
sys.path.insert(0, sys.argv[1])
from telemetry import child
from telemetry.endpoints import Destination
from telemetry.late import hand_over
assert child.__file__.startswith(sys.argv[1]), child.__file__
print(hand_over(sys.argv[2], sys.argv[3], "full", sys.argv[4].encode()))
os.wait()
"""


def test_in_an_archive(tmp_path: Path) -> None:
    """A program in one file starts children from that file, also from another folder."""
    archive = tmp_path / "program.pyz"
    package = Path(child.__file__).parent
    with zipfile.ZipFile(archive, "w") as packed:
        for path in package.glob("*.py"):
            packed.write(path, f"telemetry/{path.name}")
    session_id, data = record()
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        _IN_AN_ARCHIVE,
        str(archive),
        str(tmp_path / "t"),
        session_id,
    ]
    done = subprocess.run(
        [*command, data.decode()], capture_output=True, text=True, timeout=60, cwd="/", check=False
    )

    assert ("True\n", "") == (done.stdout, done.stderr)
    assert data == (tmp_path / "t" / "spool" / f"{session_id}.full.json").read_bytes()


def test_frozen(started: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was frozen is not started again in place of Python."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)

    assert child.spawn("telemetry.uploader", _SETTINGS) is None
    assert [] == started


def test_no_child_starts_another(started: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was started to upload starts none itself."""
    monkeypatch.setenv(child.GUARD, "1")

    assert child.spawn("telemetry.uploader", _SETTINGS) is None
    assert [] == started


_IGNORING = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
from telemetry import child
from telemetry.endpoints import Destination
settings = child.Settings("/nonexistent", Destination())
pid = child.spawn("telemetry.direct_child", settings, stdin=int(sys.argv[1]))
print(pid)
os.kill(pid, signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_signals_reach_the_child() -> None:
    """What its program ignores or blocks, a child still obeys: a system that shuts down can end it."""
    reading, writing = os.pipe()
    command = [sys.executable, "-c", _IGNORING, str(reading)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60, pass_fds=[reading])
    os.close(reading)
    os.close(writing)

    assert b"-15" == done.stdout.split()[1]
