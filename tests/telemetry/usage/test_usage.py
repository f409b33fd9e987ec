"""A command's recording: off it does nothing, on it ends on the disk, and it never raises."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

from taskrunner import usage as usage_module
from taskrunner import usage_recording
from taskrunner.config.discovery import find_config
from taskrunner.config.loader import load
from taskrunner.config.model import Project
from taskrunner.engine.endpoint import Endpoint
from taskrunner.errors import ConfigError, EngineError, UserError
from taskrunner.execution.events import RunFinished, TaskFinished, TaskStarted
from taskrunner.usage import Usage
from taskrunner.usage_catalog import CATALOG
from taskrunner.usage_catalog import COLLECTORS as CATALOGUED
from taskrunner.usage_collectors import ci, command, engine, git, host, program, terminal
from taskrunner.usage_collectors import project as project_facts
from telemetry.record import faults
from telemetry.running import Running
from telemetry.spool import Spool

ROOT = Path(__file__).parents[3]
CANARY = "canary7c31"
CONFIG = f"""\
project_name: {CANARY}
containers:
  {CANARY}:
    image: {CANARY}:1
    ports: ["8080:8080"]
tasks:
  {CANARY}:
    run: {{container: {CANARY}, command: {CANARY}}}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty home folder, with nothing of CI in the environment."""
    for variable in ("CI", "GITHUB_ACTIONS", "BUILD_ID", "RUN_ID", "BUILD_NUMBER", "DO_NOT_TRACK"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    # A checkout reads its symbols from its source, and the machine may be busy.
    monkeypatch.setattr(usage_module, "_PATIENCE", 20.0)
    return tmp_path


def environment(home: Path, **more: str) -> Mapping[str, str]:
    """Return an environment in which telemetry is allowed, and leads to a collector that is not there."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TASKRUNNER_HOME": str(home / ".taskrunner"),
        "TASKRUNNER_ENABLE_TELEMETRY": "1",
        "TASKRUNNER_TELEMETRY_URL": "http://127.0.0.1:9",
        "TERM": CANARY,
        "SHELL": f"/home/{CANARY}/sh",
        **more,
    }


def config(folder: Path, *more: str) -> Project:
    """Return a project."""
    (folder / "taskrunner.yml").write_text("\n".join([CONFIG, *more]), encoding="utf-8")
    return load(find_config(None, str(folder)))


def records(home: Path) -> list[dict[str, Any]]:
    """Return the records that wait for their upload; each obeys the catalogue and has no canary in it."""
    spool = Spool(str(home / ".taskrunner" / "telemetry"))
    found = []
    for entry in spool.pending():
        data = spool.read(entry)
        assert data is not None
        assert CANARY.encode() not in data.lower()
        found.append(json.loads(data))
        assert () == faults(CATALOG, found[-1])
    return found


def finish(usage: Usage, exit_code: int, error: BaseException | None = None) -> None:
    """End a command, and wait until its record lies there: with a thread, none of it is done elsewhere."""
    if usage._worker is not None:
        usage._worker.start()
    usage.finish(exit_code, error)


def wait_for(home: Path) -> list[dict[str, Any]]:
    """Return the records once there is one, at most ten seconds later."""
    deadline = time.monotonic() + 10
    while not (found := records(home)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_a_short_command_does_not_wait_for_its_record(home: Path) -> None:
    """A command without a run ends at once, holds no output open, and its record is written after it."""
    go_on = home / "go-on"
    script = (
        "import os, sys, time\n"
        "from taskrunner.usage import Usage\n"
        "import taskrunner.usage_collectors.command as command\n"
        "collect = command.collect\n"
        "def slow(*given):\n"
        "    while not os.path.exists(os.environ['GO_ON']): time.sleep(0.05)\n"
        "    return collect(*given)\n"
        "command.collect = slow\n"
        "usage = Usage(['list'], os.environ)\n"
        "usage.begin()\n"
        "usage.finish(0)\n"
        "print('done')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment(home), "PYTHONPATH": str(ROOT), "GO_ON": str(go_on)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert ("done\n", "") == (done.stdout, done.stderr)
    assert [] == records(home)
    go_on.touch()
    (record,) = wait_for(home)
    assert ("list", True) == (record["attributes"]["commandType"], record["attributes"]["ended"])


def test_a_command_is_recorded(home: Path) -> None:
    """After a yes, a command leaves one record with its verb, its project and how it ended."""
    usage = Usage(["run", CANARY], environment(home), started=time.monotonic() - 1)
    project = config(home)
    now = time.monotonic()

    assert () == usage.begin(project, (now - 0.5, now))
    assert usage.is_on
    finish(usage, 7)

    (record,) = records(home)
    expected = {"commandType": "run", "exitCode": 7, "taskCount": "1", "usesPorts": True, "ended": True}
    assert expected.items() <= record["attributes"].items()
    assert ["LoadConfiguration"] == [span["type"] for span in record["spans"]]


def test_events_of_a_run_become_spans(home: Path) -> None:
    """What a run posts to its listeners is in the record."""
    usage = Usage(["run"], environment(home))
    usage.begin()
    now = time.monotonic()
    for listener in usage.listeners():
        listener.on_event(TaskStarted(CANARY, CANARY, (CANARY,), (CANARY,), last=True), now)
        listener.on_output(CANARY, "stdout", CANARY.encode())
        listener.on_event(TaskFinished(CANARY, 0, 1.0), now + 1)
    finish(usage, 0)

    (record,) = records(home)
    assert ["RunTask"] == [span["type"] for span in record["spans"]]


def test_on_ci_nothing_is_left_running(home: Path) -> None:
    """On CI the record is sent, or spooled where nobody answers, before the command ends."""
    usage = Usage(["run"], environment(home, CI="true"))
    usage.begin()
    before = time.monotonic()
    usage.finish(0)

    assert time.monotonic() - before < 30
    (record,) = records(home)
    assert ("other", "none") == (record["attributes"]["ciSystem"], record["attributes"]["hostPlatform"])


def test_ids_on_ci_are_new_each_time(home: Path) -> None:
    """On CI each session has a user id of its own; elsewhere all sessions of a secret share one."""
    folder = home / ".taskrunner" / "telemetry"
    for _ in range(2):
        usage = Usage(["run"], environment(home, CI="true"))
        usage.begin()
        usage.finish(0)

    assert 2 == len({record["userId"] for record in records(home)})
    assert not (folder / "consent.json").exists()


def test_a_killed_command_leaves_its_record(home: Path) -> None:
    """What a run wrote while it was under way is closed by a later command if it was killed."""
    script = (
        "import os, sys, time\n"
        "from taskrunner.usage import Usage\n"
        "from taskrunner.config.loader import load\n"
        "usage = Usage(['run', 'x'], os.environ)\n"
        "now = time.monotonic()\n"
        "usage.begin(load(sys.argv[1]), (now, now))\n"
        "usage._worker.start()\n"
        "folder = os.path.join(os.environ['TASKRUNNER_HOME'], 'telemetry', 'running')\n"
        "while not (os.path.isdir(folder) and os.listdir(folder)): time.sleep(0.01)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    config(home)
    subprocess.run(
        [sys.executable, "-c", script, str(home / "taskrunner.yml")],
        env={**environment(home), "PYTHONPATH": str(ROOT)},
        check=False,
    )
    Spool(str(home / ".taskrunner" / "telemetry")).abandoned()

    (record,) = records(home)
    assert (False, "run") == (record["attributes"]["ended"], record["attributes"]["commandType"])


@pytest.mark.parametrize(
    "more",
    [
        {"TASKRUNNER_ENABLE_TELEMETRY": "0"},
        {"TASKRUNNER_DISABLE_TELEMETRY": "1"},
        {"DO_NOT_TRACK": "1"},
        {"BATECT_ENABLE_TELEMETRY": "false"},
    ],
)
def test_a_no_leaves_nothing(home: Path, more: dict[str, str]) -> None:
    """Where anybody forbids it, nothing is recorded and nothing is written."""
    usage = Usage(["list"], environment(home, **more))
    usage.begin(config(home))
    finish(usage, 0)

    assert not usage.is_on
    assert ["taskrunner.yml"] == os.listdir(home)


def test_a_project_can_forbid(home: Path) -> None:
    """A project that forbids telemetry is not recorded, whatever the person allowed."""
    usage = Usage(["list", "--enable-telemetry"], environment(home))
    usage.begin(config(home, "forbid_telemetry: true"))
    finish(usage, 0)

    assert ["taskrunner.yml"] == os.listdir(home)


@pytest.mark.parametrize(("line", "expected"), [("forbid_telemetry: true", 0), ("", 1)])
def test_a_broken_config_may_forbid(
    home: Path, line: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A config with mistakes is recorded by their reference only if it says nothing about telemetry."""
    (home / "taskrunner.yml").write_text(f"{line}\ntasks: 5\n", encoding="utf-8")
    monkeypatch.chdir(home)
    with pytest.raises(ConfigError) as raised:
        load(find_config(None, str(home)))
    usage = Usage(["list"], environment(home))

    finish(usage, 2, raised.value)

    found = wait_for(home) if expected else records(home)
    assert expected == len(found)
    for record in found:
        (event,) = record["events"]
        assert ["reference"] == list(event["attributes"])
        assert event["attributes"]["reference"].startswith("config.")


@pytest.mark.parametrize("words", [["list"], ["-f", CANARY, "list"]])
def test_a_config_that_is_not_there_forbids_nothing(
    home: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no config, that mistake is recorded as any other."""
    monkeypatch.chdir(home)
    with pytest.raises(UserError) as raised:
        find_config(words[1] if "-f" in words else None, str(home))
    finish(Usage(words, environment(home)), 2, raised.value)

    (record,) = wait_for(home)
    (event,) = record["events"]
    assert {"reference": raised.value.reference} == event["attributes"]


@pytest.mark.parametrize(
    ("words", "on"), [(["--disable-telemetry"], False), (["--", "--disable-telemetry"], True)]
)
def test_the_flag_of_this_run(home: Path, words: list[str], on: bool) -> None:
    """The flag forbids before `--`; behind it, it belongs to the task."""
    usage = Usage(["run", "x", *words], environment(home))
    usage.begin()

    assert on == usage.is_on
    finish(usage, 0)


def test_engine_failures_have_a_trace(home: Path) -> None:
    """A failure of the engine is told with reference and trace, a mistake of the user's without a trace."""
    for error in (EngineError("engine.unsupported-endpoint", CANARY), UserError("cli.no-task", CANARY)):
        try:
            raise error
        except (EngineError, UserError) as raised:
            usage = Usage(["run"], environment(home))
            usage.begin()
            finish(usage, error.exit_code, raised)

    told = {
        event["attributes"]["reference"]: event["attributes"].get("trace")
        for record in records(home)
        for event in record["events"]
    }
    assert {"engine.unsupported-endpoint", "cli.no-task"} == told.keys()
    assert told["cli.no-task"] is None
    assert "taskrunner.errors:EngineError at <external>" == told["engine.unsupported-endpoint"]


def test_crashes_have_a_trace(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is told by its trace and by where it came up, at most ten times."""
    # A checkout reads its own source for its symbols, which takes long while coverage is measured.
    monkeypatch.setattr("taskrunner.usage._PATIENCE", 60.0)
    usage = Usage(["run"], environment(home))
    usage.begin()
    for _ in range(12):
        usage.crashed(KeyError(CANARY))
    finish(usage, 1, ValueError(CANARY))

    (record,) = records(home)
    events = [event["attributes"] for event in record["events"]]
    assert 10 == sum(event.get("trace") == "builtins:KeyError" for event in events)
    assert {"caughtBy": "main"} == events[-1]


COLLECTORS: Mapping[str, tuple[Any, str]] = {
    "command": (command, "commandType"),
    "host": (host, "osName"),
    "terminal": (terminal, "terminalType"),
    "ci": (ci, "onCi"),
    "git": (git, "gitVersion"),
    "engine": (engine, "engineKind"),
    "project": (project_facts, "taskCount"),
    "program": (program, "exitCode"),
}
"""Each collector with one of its fields."""


class Ping(NamedTuple):
    """What an engine says of itself."""

    api_version: str = "1.41"
    server: str = "Docker/20.10.24 (linux)"
    os_type: str = "linux"
    builder_version: str = "1"


def whole_run(home: Path, patience: float = 10.0) -> dict[str, Any]:
    """Record a run in which every collector has its turn, and return the record's attributes."""
    usage = Usage(["run", CANARY], environment(home))
    usage.begin(config(home))
    usage.connected(Ping(), Endpoint("unix", CANARY, "", 0, CANARY))
    assert usage._worker is not None
    usage._worker.start()
    usage._worker.post(lambda recording: recording.settle(patience))
    finish(usage, 0)
    (record,) = records(home)
    attributes: dict[str, Any] = record["attributes"]
    return attributes


def test_every_collector_has_its_turn(home: Path) -> None:
    """A run has a value from each of them, and none failed; these are all that there are."""
    attributes = whole_run(home)

    assert CATALOGUED.keys() == COLLECTORS.keys()
    assert {field for _, field in COLLECTORS.values()} <= attributes.keys()
    assert 0 == attributes["failedCollectors"]


@pytest.mark.parametrize("name", COLLECTORS)
@pytest.mark.parametrize("way", ["raises", "hangs", "raises half-way"])
def test_a_broken_collector_costs_its_fields_alone(
    home: Path, name: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever it is and however it breaks, the rest is told, with how many broke."""
    module, field = COLLECTORS[name]

    def broken(*_arguments: object) -> Iterator[tuple[str, object]]:
        if way == "raises half-way":
            yield field, command.VERBS[0] if name == "command" else 1
        if way == "hangs":
            release.wait()
        raise OSError(CANARY)

    release = threading.Event()
    monkeypatch.setattr(module, "collect", broken)
    attributes = whole_run(home, patience=1.0 if way == "hangs" else 10.0)
    release.set()

    others = {each for other, (_, each) in COLLECTORS.items() if other not in (name, "git")}
    assert others <= attributes.keys()
    assert way == "raises half-way" or field not in attributes
    assert 1 <= attributes["failedCollectors"] <= (2 if way == "hangs" else 1), "Git may be slow to start"


def test_a_collector_can_be_switched_off(home: Path) -> None:
    """The name of a collector in the person's settings keeps its fields out."""
    folder = home / ".taskrunner" / "telemetry"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text('collectors_off = ["command"]\n', encoding="utf-8")
    usage = Usage(["run"], environment(home))
    usage.begin()
    finish(usage, 0)

    (record,) = records(home)
    assert "commandType" not in record["attributes"]
    assert "exitCode" in record["attributes"]


def test_nothing_that_breaks_reaches_the_command(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where recording itself is broken, each call returns as if telemetry were off."""

    def fail(*_arguments: object, **_named: object) -> NoReturn:
        raise RuntimeError

    monkeypatch.setattr(usage_recording, "Session", fail)
    usage = Usage(["run"], environment(home))

    assert () == usage.begin(config(home))
    for listener in usage.listeners():
        listener.on_event(RunFinished(0, 1.0), 0.0)
    finish(usage, 0)
    assert [] == records(home)


@pytest.mark.parametrize("spoil", ["file", "unwritable"])
def test_a_broken_home_is_survived(home: Path, spoil: str) -> None:
    """A home folder that is a file, or whose disk takes nothing, costs the record alone."""
    where = home / "nowhere"
    if spoil == "file":
        where.write_text("", encoding="utf-8")
    usage = Usage(
        ["run"], environment(home, TASKRUNNER_HOME="/proc/nothing" if spoil != "file" else str(where))
    )
    usage.begin()
    finish(usage, 0)


def test_a_slow_disk_is_left_to_another_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that is complete but not yet on the disk is written after the command, which does not wait."""
    monkeypatch.setattr(usage_module, "_PATIENCE", 3.0)
    release, begun = threading.Event(), threading.Event()
    monkeypatch.setattr(Running, "finish", lambda _running, _data: release.wait(60))
    usage = Usage(["run"], environment(home))
    usage.begin(config(home))
    assert usage._worker is not None
    usage._worker.post(lambda _recording: begun.set())
    usage._worker.start()
    assert begun.wait(30)

    before = time.monotonic()
    usage.finish(7)
    waited = time.monotonic() - before
    (record,) = wait_for(home)
    release.set()

    assert waited < 20
    assert (7, True) == (record["attributes"]["exitCode"], record["attributes"]["ended"])
    assert [] == os.listdir(home / ".taskrunner" / "telemetry" / "running")


def test_without_the_package_nothing_happens(home: Path) -> None:
    """With `telemetry` removed from the installation, a command goes on as if it were off."""
    script = (
        "import sys\n"
        "sys.modules['telemetry'] = None\n"
        "import os\n"
        "from taskrunner.usage import Usage\n"
        "usage = Usage(['run'], os.environ)\n"
        "print(usage.begin(), usage.is_on, usage.listeners())\n"
        "usage.finish(0)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "() False ()\n" == done.stdout
    assert [] == os.listdir(home)


def test_off_loads_only_the_gate(home: Path) -> None:
    """While telemetry is off, the gate is the only module of the library that is loaded."""
    script = (
        "import os, sys\n"
        "from taskrunner.usage import Usage\n"
        "usage = Usage(['run'], os.environ)\n"
        "usage.begin()\n"
        "usage.finish(0)\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] == 'telemetry'))\n"
    )
    off = {name: value for name, value in environment(home).items() if "TELEMETRY" not in name}

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**off, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "['telemetry', 'telemetry.gate']\n" == done.stdout
    assert [] == os.listdir(home)
