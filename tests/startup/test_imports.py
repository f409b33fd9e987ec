"""What a command loads before it does its work: every module here would cost a person time at each call."""

import socketserver
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Final

import pytest
from pytest_httpserver import HTTPServer

from tests.support.modules import loaded_modules

CONFIG = """\
project_name: startup
containers:
  shell: {image: busybox}
tasks:
  hello: {run: {container: shell, command: echo hello}}
"""

# typer itself needs inspect, pathlib, shutil, subprocess, uuid and the parsing half of urllib; not these.
NEVER: Final = frozenset(
    {
        "asyncio",
        "concurrent.futures",
        "dataclasses",
        "docker",
        "email",
        "http.client",
        "httpx",
        "hypothesis",
        "logging",
        "psutil",
        "pydantic",
        "requests",
        "rich",
        "ssl",
        "tempfile",
        "urllib.request",
        "urllib3",
    }
)
# The way that errors are told is among them: these commands must not fail here.
NO_RUN: Final = frozenset(
    {
        "socket",
        "taskrunner.cli.failure",
        "taskrunner.engine",
        "taskrunner.execution",
        "taskrunner.host.process",
        "taskrunner.host.signals",
        "taskrunner.host.terminal",
        "taskrunner.plan",
        "telemetry.catalog",
        "telemetry.consent",
        "telemetry.session",
        "telemetry.spool",
        "telemetry.uploader",
    }
)
# Nobody allowed telemetry here, so a command looks at the gate, and a run at most tells how to allow it.
NO_TELEMETRY: Final = frozenset({"telemetry.session", "telemetry.spool", "telemetry.uploader"})
# The commonest verbs are read without the command-line library, and without what it needs itself.
NO_LIBRARY: Final = frozenset(
    {"ast", "inspect", "pathlib", "shutil", "subprocess", "typer", "taskrunner.cli.app"}
)
# What only some tasks need: those that can be skipped, build, have health checks, users or set-up commands.
NOT_FOR_EVERY_RUN: Final = frozenset(
    {
        "hashlib",
        "taskrunner.engine.buildkit",
        "taskrunner.execution.current_user",
        "taskrunner.execution.health",
        "taskrunner.execution.image_builds",
        "taskrunner.execution.setup_commands",
        "taskrunner.execution.task_memory",
        "taskrunner.skipping.tasks",
        "taskrunner.timeline.page",
    }
)
NO_CONFIG: Final = frozenset({"yaml", "taskrunner.config.loader", "taskrunner.output.console"})

COMMANDS: Final = {
    ("--help",): NO_RUN | NO_CONFIG | {"json", "taskrunner.config"},
    ("run", "--help"): NO_RUN | NO_CONFIG | {"json", "taskrunner.config"},
    ("schema",): NO_RUN | NO_CONFIG,
    ("shell", "hello"): NO_TELEMETRY,
    ("init", "--print"): NO_RUN,
    ("timings",): NO_RUN - {"taskrunner.execution", "taskrunner.plan"},
    ("wrapper", "--wheel", "x-1-py3-none-any.whl"): (NO_RUN | NO_CONFIG)
    - {"taskrunner.cli.failure", "taskrunner.output.console"},
    ("doctor",): {"telemetry.session", "telemetry.uploader", "taskrunner.execution.run"},
    ("completion", "bash"): {"socket", "taskrunner.engine", "yaml"},
    ("list",): NO_RUN | NO_LIBRARY | {"json"},
    ("--list-tasks",): NO_RUN | NO_LIBRARY | {"json"},
    ("list", "--json"): NO_RUN | NO_LIBRARY,
    ("--clean-cache", "downloads"): {
        "taskrunner.config.loader",
        "taskrunner.execution",
        "telemetry.consent",
        "yaml",
    },
    ("clean", "--caches"): {"taskrunner.config.loader", "taskrunner.execution", "telemetry.consent", "yaml"},
    ("run", "hello"): NO_TELEMETRY | NO_LIBRARY | NOT_FOR_EVERY_RUN,
    ("run", "--output", "json", "hello"): NO_TELEMETRY | NO_LIBRARY | NOT_FOR_EVERY_RUN,
    ("telemetry", "status"): NO_RUN
    - {"telemetry.catalog", "telemetry.consent", "telemetry.spool", "telemetry.uploader"},
}
"""Each command with what it must not load besides what no command may."""

NEEDED: Final = {("doctor",): {"psutil"}}
"""What a command's own work needs of that."""

LOADED: Final = {
    ("--help",): "typer",
    ("run", "--help"): "taskrunner.cli.commands.run",
    ("schema",): "taskrunner.config.schema",
    ("shell", "hello"): "taskrunner.execution.run",
    ("init", "--print"): "taskrunner.starter.make",
    ("timings",): "taskrunner.timeline.history",
    ("wrapper", "--wheel", "x-1-py3-none-any.whl"): "taskrunner.wrapper.make",
    ("doctor",): "taskrunner.doctor.telemetry",
    ("completion", "bash"): "taskrunner.cli.completion.table",
    ("list",): "taskrunner.output.task_list",
    ("--list-tasks",): "taskrunner.output.task_list",
    ("list", "--json"): "json",
    ("--clean-cache", "downloads"): "taskrunner.engine.client",
    ("clean", "--caches"): "taskrunner.engine.client",
    ("run", "hello"): "taskrunner.execution.run",
    ("run", "--output", "json", "hello"): "taskrunner.output.json_lines",
    ("telemetry", "status"): "telemetry.consent",
}
"""A module of each command's own work, which shows that the command came as far as that."""


@pytest.fixture
def project(tmp_path: Path) -> str:
    """Give the folder of a project."""
    (tmp_path / "taskrunner.yml").write_text(CONFIG, encoding="utf-8")
    return str(tmp_path)


def interpreter_and_script() -> set[str]:
    """Return what loads before code of ours: the interpreter's start, and `re` for installers' scripts."""
    command = [sys.executable, "-I", "-X", "importtime", "-c", "import re"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_stays_unloaded(command: tuple[str, ...], project: str, httpserver: HTTPServer) -> None:
    """A command comes to its own work, and loads nothing heavy that it does not need for that."""
    # An engine that says what it is, and refuses everything else.
    httpserver.expect_request("/_ping").respond_with_data("OK", headers={"Api-Version": "1.41"})
    engine = f"tcp://{httpserver.host}:{httpserver.port}"
    env = {"DOCKER_HOST": engine, "TASKRUNNER_HOME": f"{project}/home"}

    loaded = loaded_modules(*command, folder=project, env=env)

    assert LOADED[command] in loaded
    assert set() == loaded & ((NEVER | COMMANDS[command]) - NEEDED.get(command, set()))


def test_an_unchanged_config_is_not_read_again(project: str) -> None:
    """The second time, neither YAML nor what makes sense of it is loaded."""
    config = Path(project, "taskrunner.yml")
    env = {"TASKRUNNER_HOME": f"{project}/home"}
    # A file is believed to be finished once it was left alone for two seconds.
    time.sleep(max(0.0, config.stat().st_ctime + 2.2 - time.time()))

    first = loaded_modules("list", folder=project, env=env)
    second = loaded_modules("list", folder=project, env=env)

    reading = {"yaml", "taskrunner.config.loader", "taskrunner.config.decode"}
    assert reading <= first
    assert set() == reading & second


class _Refusing(socketserver.StreamRequestHandler):
    """An engine that says what it is, and refuses everything else."""

    def handle(self) -> None:
        asked = self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        status = b"200 OK" if b"/_ping" in asked else b"404 Not Found"
        self.wfile.write(b"HTTP/1.1 %b\r\nApi-Version: 1.41\r\nContent-Length: 0\r\n\r\n" % status)


def test_a_socket_of_this_machine_needs_no_module_for_networks(project: str) -> None:
    """A run on a local engine loads no `socket`, which takes longer than the whole client of the engine."""
    # Paths of sockets may be no longer than 107 bytes.
    with (
        TemporaryDirectory() as folder,
        socketserver.ThreadingUnixStreamServer(f"{folder}/engine", _Refusing) as engine,
    ):
        env = {"DOCKER_HOST": f"unix://{folder}/engine", "TASKRUNNER_HOME": f"{project}/home"}
        Thread(target=engine.serve_forever, daemon=True).start()
        loaded = loaded_modules("run", "hello", folder=project, env=env)
        engine.shutdown()

    assert "taskrunner.execution.task_run" in loaded
    assert set() == loaded & {"socket", "selectors"}


def test_the_version_loads_nothing() -> None:
    """`--version` loads four modules of ours, besides what an installed script loads anyway."""
    own = loaded_modules("--version") - interpreter_and_script()

    assert own == {"taskrunner", "taskrunner._version", "taskrunner.cli", "taskrunner.cli.entry"}


def test_every_command_is_measured() -> None:
    """No verb is without its guard."""
    from taskrunner.cli.app import app

    verbs = {command.name for command in app.registered_commands}
    measured = {word for command in COMMANDS for word in command}

    assert verbs <= measured
