"""How the processes that upload are started."""

import os
import site
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from telemetry import child
from telemetry.endpoints import Destination

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


def test_isolated(started: list[list[str]]) -> None:
    """The child imports nothing from the folder or the environment of whoever runs the program."""
    child.spawn("telemetry.uploader", _SETTINGS)

    assert [[sys.executable, "-I", "-m", "telemetry.uploader", _SETTINGS.pack()]] == started


def test_installed_for_one_user(started: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package was installed for one user, the child still finds it."""
    monkeypatch.setattr(site, "USER_SITE", os.path.dirname(os.path.dirname(child.__file__)))
    child.spawn("telemetry.uploader", _SETTINGS)

    assert ["-EP"] == [command[1] for command in started]


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
