"""The quick start: from a checkout and a Python to the words of a container."""

import json
import os
import shutil
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.support.modules import uncovered

ROOT = Path(__file__).parents[2]
HELLO_IMAGE = ROOT / ".ci" / "hello_image.py"
NAMED = "busybox:1.36"
OWN = "taskrunner-hello/busybox:local"


class TestRun:
    """The script itself."""

    @pytest.mark.engine
    @pytest.mark.timeout(600)
    def test_twice(self, tmp_path: Path) -> None:
        """It ends with what the container printed, from any folder, and soon when run again."""
        first = _quickstart(ROOT, tmp_path)
        started = time.monotonic()
        second = _quickstart(ROOT, tmp_path)
        seconds = time.monotonic() - started

        for done in (first, second):
            assert done.returncode == 0, done.stdout + done.stderr
            assert done.stdout.endswith("\nhello from taskrunner\n")
        assert "Installing" not in second.stdout
        assert seconds < 5

    def test_old_python(self, tmp_path: Path) -> None:
        """Where every Python is too old, one sentence says which is needed."""
        done = _quickstart(_copy(tmp_path), tmp_path, PATH=_path(tmp_path, python="exit 1"))

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "Python 3.11 or newer is needed, and none is on the PATH.\n"

    def test_no_venv(self, tmp_path: Path) -> None:
        """Without Python's module venv and the right to install it, one sentence says what is missing."""
        python = 'case "$*" in *ensurepip*) exit 1 ;; esac'

        done = _quickstart(_copy(tmp_path), tmp_path, PATH=_path(tmp_path, python=python))

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "Python's module venv is missing: install the package python3-venv.\n"


class Engine(BaseHTTPRequestHandler):
    """The few answers of an engine that finding an image takes; what a registry does varies."""

    present: tuple[str, ...] = ()
    pull: str | None = None
    """What a pull prints; None: nothing, for ever."""
    imported: bool = False
    pulled: bool = False
    over: threading.Event
    address: str

    def do_GET(self) -> None:
        """Answer what the engine is and which images it has."""
        if self.path == "/version":
            self._answer(200, json.dumps({"ApiVersion": "1.41"}))
        elif "/images/json" in self.path:
            found = [
                name for name in self.present if name.replace(":", "%3A") in self.path.replace("%2F", "/")
            ]
            self._answer(200, json.dumps([{"Id": "sha256:1", "RepoTags": found}] if found else []))
        elif self.present:
            self._answer(200, json.dumps({"Id": "sha256:1"}))
        else:
            self._answer(404, json.dumps({"message": "No such image"}))

    def do_POST(self) -> None:
        """Answer a pull or an import."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "fromSrc" in self.path:
            type(self).imported = b"busybox" in body
            self._answer(200, '{"status": "sha256:1"}')
            return
        type(self).pulled = True
        if self.pull is not None:
            self._answer(200, self.pull)
        else:
            self.over.wait(30)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves each request in a thread that does not outlive the test."""

    daemon_threads = True


@pytest.fixture
def fake_engine(tmp_path: Path) -> Iterator[type[Engine]]:
    """Give an engine on a socket of its own, whose answers a test can set."""

    class Ours(Engine):
        over = threading.Event()
        address = f"unix://{tmp_path}/engine.sock"

    server = UnixServer(f"{tmp_path}/engine.sock", Ours)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Ours
    Ours.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


class TestImage:
    """Which image the task runs in."""

    def test_present(self, fake_engine: type[Engine]) -> None:
        """An image that is on the engine is neither pulled nor made."""
        fake_engine.present = (NAMED,)

        assert _hello_image(fake_engine) == NAMED
        assert not fake_engine.imported

    def test_pulled(self, fake_engine: type[Engine]) -> None:
        """Where a registry answers, the image that the config names is pulled from it."""
        fake_engine.pull = (
            '{"status": "Pulling from library/busybox"}\r\n{"status": "Status: Downloaded"}\r\n'
        )

        assert _hello_image(fake_engine) == NAMED
        assert not fake_engine.imported

    def test_refused(self, fake_engine: type[Engine]) -> None:
        """Where a registry refuses, the image is made from the machine's own busybox, under its own name."""
        fake_engine.pull = '{"errorDetail": {"message": "no such host"}, "error": "no such host"}\r\n'

        assert _hello_image(fake_engine) == OWN
        assert fake_engine.imported

    def test_remembered(self, fake_engine: type[Engine]) -> None:
        """Once the image was made, no registry is asked again."""
        fake_engine.present = (OWN,)

        assert _hello_image(fake_engine) == OWN
        assert not fake_engine.pulled

    def test_silent(self, fake_engine: type[Engine]) -> None:
        """A registry that does not answer costs no more than three seconds."""
        started = time.monotonic()

        assert _hello_image(fake_engine) == OWN
        assert 3 <= time.monotonic() - started < 15


def _quickstart(root: Path, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = uncovered()
    return subprocess.run(
        [shutil.which("sh") or "sh", root / "docs" / "quickstart.sh"],
        cwd=folder,
        env={**kept, "TASKRUNNER_HOME": str(folder / "state"), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=590,
        check=False,
    )


def _hello_image(engine: type[Engine]) -> str:
    """Return what the program prints with an engine."""
    variables = {**os.environ, "DOCKER_HOST": engine.address}
    command = [sys.executable, str(HELLO_IMAGE)]
    return subprocess.run(
        command, env=variables, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


def _copy(folder: Path) -> Path:
    """Return a checkout in which nothing was installed yet."""
    root = folder / "checkout"
    for name in (".ci", "docs", "pyproject.toml", "README.md", "taskrunner", "telemetry"):
        source, target = ROOT / name, root / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(source, target)
    return root


def _path(folder: Path, *, python: str) -> str:
    """Return a PATH on which every Python is a shell script, and nobody is root."""
    tools = folder / "bin"
    tools.mkdir()
    for name in ("cat", "cksum", "cut", "dirname", "find", "grep", "sh", "sort"):
        (tools / name).symlink_to(shutil.which(name) or name)
    for name, script in (("python3", python), ("id", "echo 1000")):
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    return str(tools)
