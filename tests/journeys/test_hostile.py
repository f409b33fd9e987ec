"""What a project that nobody trusts yet, and an engine of somebody else's, can do to a person: nothing."""

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.support.journey import Journey

ESCAPES = "\x1b]0;pwned\x07\x1b[2J\x9b31m\u202e"
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")

CONFIG = """
    project_name: hostile
    containers:
      app: {build_directory: ., health_check: {command: touch pwned}}
    tasks:
      hello:
        description: "a \\e[2J \\u202e description"
        group: "\\e]0;pwned\\a"
        run: {container: app, command: touch pwned}
    """
GIT_CONFIG = """
    [core]
        fsmonitor = touch pwned
        sshCommand = touch pwned
        hooksPath = .
        pager = touch pwned
    [alias]
        version = !touch pwned
        rev-parse = !touch pwned
    """


class Hostile(BaseHTTPRequestHandler):
    """Answers each call with escape sequences wherever there is text."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        if self.path.endswith("/_ping"):
            self.answer(200, b"OK")
        elif "/info" in self.path:
            told = {
                "Warnings": [ESCAPES],
                "OSType": "linux",
                "Driver": ESCAPES,
                "ServerVersion": f"20 {ESCAPES}",
            }
            self.answer(200, json.dumps(told).encode())
        elif "/version" in self.path:
            told = {"Version": ESCAPES, "ApiVersion": "1.41", "Os": "linux", "Arch": ESCAPES}
            self.answer(200, json.dumps(told).encode())
        else:
            self.answer(500, json.dumps({"message": f"No {ESCAPES}\r\nat all"}, ensure_ascii=False).encode())

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that the library calls

    def answer(self, status: int, body: bytes) -> None:
        """Send an answer of an engine."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response_only(status)
        self.send_header("Api-Version", "1.41")
        self.send_header("Server", "Docker/20.10.24 \x1b[2J(linux)")
        self.send_header("Ostype", "linux")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves on a socket in the file system."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Keep quiet: clients leave as they like."""


@contextmanager
def hostile_engine(folder: Path) -> Iterator[str]:
    """Give the address of an engine that sends escape sequences."""
    with Server(str(folder / "engine.sock"), Hostile) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"unix://{folder}/engine.sock"
        finally:
            server.shutdown()
            thread.join(10)


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Write a project that would like to run something as soon as somebody looks at it."""
    journey.file("taskrunner.yml", CONFIG).file("Dockerfile", "FROM busybox\n").file(
        ".git/config", GIT_CONFIG
    )
    journey.file(".git/HEAD", "ref: refs/heads/main\n")
    for name in ("git", "docker", "sh", "batect", "post-checkout", "fsmonitor-watchman"):
        journey.file(name, "#!/bin/sh\ntouch pwned\n", mode=0o755)
    for name in ("typing.py", "yaml.py", "docker.py", "sitecustomize.py"):
        journey.file(name, "open('pwned', 'w')\n")
    return journey


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("--list-tasks",),
        ("list", "--json"),
        ("doctor",),
        ("timings",),
        ("init", "--print"),
        ("completion", "--complete", "bash", "run"),
        ("clean", "--caches"),
        ("run", "no-such-task"),
    ],
    ids=" ".join,
)
def test_looking_at_a_project_runs_nothing_of_it(project: Journey, words: tuple[str, ...]) -> None:
    """Neither git's settings, nor programs and modules in the folder, nor what the config names is run."""
    result = project.run(*words)

    assert not list(project.folder.rglob("pwned*")), result
    assert CONTROLS.findall(result.stdout + result.stderr) == []


@pytest.mark.parametrize(
    "words", [("doctor",), ("clean",), ("run", "hello"), ("run", "-o", "all", "hello")], ids=" ".join
)
def test_an_engine_cannot_redraw_a_terminal(project: Journey, tmp_path: Path, words: tuple[str, ...]) -> None:
    """What an engine says of itself, and why it refuses, is shown and not obeyed."""
    with hostile_engine(tmp_path) as address:
        result = project.run("--docker-host", address, *words)

    assert "pwned" in result.stdout + result.stderr
    assert CONTROLS.findall(result.stdout + result.stderr) == []


@pytest.mark.parametrize("name", [".env", "taskrunner.env", ".taskrunner/telemetry/settings.toml"])
def test_a_project_cannot_allow_telemetry(journey: Journey, name: str) -> None:
    """Neither a yes nor an address is taken from a file of the project."""
    lines = ("TASKRUNNER_ENABLE_TELEMETRY=true", "TASKRUNNER_TELEMETRY_URL=https://collector.example")
    journey.file(name, "\n".join(lines) + "\n")
    journey.file(
        "taskrunner.yml",
        "project_name: p\ncontainers: {app: {image: 'busybox:1', env_file: taskrunner.env}}\ntasks: {}\n",
    )

    journey.run("list", env={"TASKRUNNER_DISABLE_TELEMETRY": None})
    result = journey.run("telemetry", "status", env={"TASKRUNNER_DISABLE_TELEMETRY": None})

    assert "collector.example" not in result.stdout
    assert not (journey.home / ".taskrunner" / "telemetry").exists()
