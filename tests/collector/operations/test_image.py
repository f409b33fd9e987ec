"""The image that the example's Dockerfile builds: it runs without rights, and keeps what it accepted."""

import http.client
import json
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from taskrunner.usage_catalog import CATALOG
from telemetry.collector.population import population
from tests.support.python_image import build_python_image
from tests.support.wheels import ROOT, build

_FILES: Final = "docs/operate/files"


def _docker(*arguments: str) -> str:
    done = subprocess.run(
        ["docker", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout.strip()


@pytest.fixture
def image(busybox: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the image, built from this checkout as its first lines say, on a base that needs no registry."""
    del busybox
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    context, name = tmp_path / "checkout", f"taskrunner-test/collector-{uuid.uuid4().hex[:12]}"
    (context / _FILES).mkdir(parents=True)
    (context / "dist").mkdir()
    shutil.copy(build(shared / "built").wheel, context / "dist")
    for each in ("Dockerfile", "requirements.txt"):
        shutil.copy(ROOT / _FILES / each, context / _FILES)
    (tmp_path / "base").mkdir()
    tags = (f"{name}:base", f"{name}:1")
    try:
        build_python_image(tmp_path / "base", tags[0], context / _FILES / "requirements.txt")
        # The first stage is kept as an image without a name, unless it gets one.
        for stage in (("--target", "build", "--tag", f"{name}:build"), ("--tag", tags[1])):
            _docker(
                "build", "--force-rm", "--build-arg", f"BASE={tags[0]}", *stage,
                "-f", f"{context}/{_FILES}/Dockerfile", str(context),
            )  # fmt: skip
        yield tags[1]
    finally:
        for tag in (tags[1], f"{name}:build", tags[0]):
            subprocess.run(["docker", "rmi", "--force", tag], capture_output=True, check=False, timeout=120)


@pytest.fixture
def container(image: str) -> Iterator[str]:
    """Give a container of it, started as the documentation says."""
    name = f"taskrunner-test-collector-{uuid.uuid4().hex[:12]}"
    try:
        _docker(
            "run", "-d", "--name", name, "-p", "127.0.0.1::8484", "-v", f"{name}:/data", "--read-only",
            "--cap-drop", "ALL", "--health-interval", "1s", image,
        )  # fmt: skip
        yield name
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=False, timeout=120)
        subprocess.run(["docker", "volume", "rm", name], capture_output=True, check=False, timeout=120)


def _until_healthy(container: str) -> None:
    end = time.monotonic() + 120
    while _docker("inspect", "-f", "{{.State.Health.Status}}", container) != "healthy":
        assert time.monotonic() < end, _docker("logs", container)
        time.sleep(0.2)


def _asked(container: str, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    port = _docker("port", container, "8484/tcp").splitlines()[0].rpartition(":")[2]
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _a_session() -> bytes:
    *_, newest = population(CATALOG, 20, seed=1, now=time.time())
    return json.dumps({**json.loads(newest.body), "events": []}).encode()


@pytest.mark.long
@pytest.mark.engine
@pytest.mark.timeout(1200)
def test_image(container: str) -> None:
    """It becomes healthy, takes a session and shows its pages, and has the session after a kill.

    All of it as a user that exists by its number alone, on files that cannot be written, and without pip.
    """
    _until_healthy(container)
    session = _a_session()

    assert _asked(container, "PUT", "/v1/sessions", session)[0] == 201
    status, page = _asked(container, "GET", "/")
    assert (status, page.count(b"<h1")) == (200, 1)
    assert _docker("exec", container, "id", "-u") == "8484"
    assert "pip" not in _docker("exec", container, "ls", "/opt/collector/bin").split()
    _docker("kill", container)
    _docker("start", container)
    _until_healthy(container)
    assert _asked(container, "PUT", "/v1/sessions", session)[0] == 304
    _docker("stop", container)
    assert _docker("inspect", "-f", "{{.State.ExitCode}}", container) == "0"
