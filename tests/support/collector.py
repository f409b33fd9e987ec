"""A real collector in a process of its own, and requests to it."""

import gzip
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from telemetry.clock import Clock
from telemetry.session import Session
from tests.support.catalogs import a_catalog

__all__ = ["Answer", "Collector", "a_session", "collecting", "put_catalog"]

_SECONDS = 60.0
_CATALOG = a_catalog()


class Answer(NamedTuple):
    """What a collector answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class Collector:
    """A process that serves; what it logs goes into a file."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self.request("GET", path)

    def put(self, session: bytes | Mapping[str, Any], *, gzipped: bool = False, **headers: str) -> Answer:
        """Send a session, as the client does."""
        body = session if isinstance(session, bytes) else json.dumps(session).encode()
        given = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if gzipped:
            body = gzip.compress(body)
            given["Content-Encoding"] = "gzip"
        return self.request("PUT", "/v1/sessions", body, given)

    def metric(self, name: str) -> float:
        """Return a number from /metrics; 0 where it is not there."""
        for line in self.get("/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.rpartition(" ")[2])
        return 0.0

    def logged(self) -> list[dict[str, Any]]:
        """Return the lines of the log."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(_SECONDS)


@contextmanager
def collecting(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None, verb: str = "serve"
) -> Iterator[Collector]:
    """Start a collector that keeps everything below a folder, unless the arguments say otherwise.

    It knows the catalogue of `tests.support.catalogs`, and taskrunner's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    put_catalog(folder / "catalogues", _CATALOG.to_json())
    command = [
        sys.executable, "-m", "telemetry.collector", verb, "--port", "0", "--store", str(folder / "store"),
        "--catalog", str(folder / "catalogues"), "--jobs-at", "never", *arguments,
    ]  # fmt: skip
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=file, env={**os.environ, **(env or {})}
        )
    try:
        yield Collector(process, _port(process, log), log)
    finally:
        process.kill()
        process.wait()


def put_catalog(folder: Path, text: str, name: str = "test-app.json") -> None:
    """Put a catalogue or a list of symbols into a folder, all at once."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.new").write_text(text)
    (folder / f"{name}.new").rename(folder / name)


def a_session(**changes: Any) -> dict[str, Any]:
    """Return a session of the test catalogue that ended just now, but for what is given."""
    recorded = Session(
        _CATALOG,
        application_version="1.2.3",
        user_id=str(uuid.uuid4()),
        session_id=str(uuid.uuid4()),
        clock=Clock(time.time, time.monotonic),
    )
    recorded.attribute("enumField", "red")
    recorded.attribute("durationField", 1500)
    recorded.event("Happened", size=3)
    recorded.span("Work", time.monotonic() - 0.2, time.monotonic(), ok=True)
    return {**json.loads(recorded.to_bytes()), **changes}


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and process.poll() is None:
        # With the setting `log` it is said in a file of that folder.
        logs = [log, *log.parent.glob("logs/*.jsonl")]
        for line in "".join(path.read_text() for path in logs).splitlines():
            if '"event": "ready"' in line:
                return int(json.loads(line)["address"].rstrip("/").rpartition(":")[2])
        time.sleep(0.02)
    raise AssertionError(f"the collector did not start: {log.read_text()}")
