"""What an operator sees of a collector: health, numbers, the log, and the way it starts and ends."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from telemetry.collector.server import listen
from tests.support.collector import Collector, a_session, collecting
from tests.support.verbs import collector_verb


def test_probes(collector: Collector) -> None:
    """The probes answer as a balancer expects them to."""
    assert collector.get("/ping").body == b"pong"
    assert collector.get("/healthz").json == {"status": "ok"}
    assert collector.get("/readyz").json == {"status": "ready"}


def test_metrics(tmp_path: Path) -> None:
    """Answers are counted by their kind, in the format that Prometheus reads."""
    with collecting(tmp_path) as collector:
        session = a_session()
        for each in (session, session, {}):
            collector.put(each)
        found = collector.get("/metrics")
        assert found.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert collector.metric('collector_sessions_total{answer="stored"}') == 1
        assert collector.metric('collector_sessions_total{answer="duplicate"}') == 1
        assert collector.metric('collector_sessions_total{answer="invalid"}') == 1
        assert collector.metric("collector_session_seconds_count") == 3
        assert collector.metric('collector_session_seconds_bucket{le="+Inf"}') == 3
    for line in found.body.decode().splitlines():
        assert line.startswith("# ") or len(line.rsplit(" ", 1)) == 2


def test_ready_soon(tmp_path: Path) -> None:
    """Without arguments it listens on 127.0.0.1:8484, keeps all in the home folder, and is quick about it."""
    env = {**os.environ, "HOME": str(tmp_path), "TASKRUNNER_COLLECTOR_PORT": "0"}
    command = [sys.executable, "-m", "telemetry.collector", "serve"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        ready = json.loads(process.stderr.readline())
        process.terminate()
        assert process.wait(30) == 0
        assert json.loads(process.stderr.readline())["event"] == "stopped"
    assert ready["address"].startswith("http://127.0.0.1:")
    assert sorted(path.name for path in (tmp_path / ".taskrunner-collector").iterdir())[:1] == ["README"]


@pytest.mark.parametrize("module", ["uvicorn", "starlette", "msgspec"])
def test_extra_missing(module: str) -> None:
    """Without the extra, a verb says what to install."""
    program = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from telemetry.collector.cli import main; sys.exit(main(['serve', '--port', '0']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, "install.extra-missing" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_address_in_use(tmp_path: Path) -> None:
    """A port that somebody has is told in one sentence, with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = collector_verb("serve", "--port", port, "--store", str(tmp_path))
    assert (done.exit_code, "serve.address" in done.stderr, "--port" in done.stderr) == (2, True, True)
    assert "Traceback" not in done.stderr


def test_log_holds_nothing_of_requests(tmp_path: Path) -> None:
    """No address, header, path or value of a request gets into the log, whatever goes wrong."""
    canary = "alice-canary"
    log = tmp_path / "logs"
    with collecting(tmp_path, "--log", str(log)) as collector:
        collector.put(a_session(attributes={"enumField": canary}), X_Canary=canary)
        collector.request("GET", f"/{canary}?{canary}", headers={"Cookie": canary})
        with socket.create_connection(("127.0.0.1", collector.port)) as raw:
            raw.sendall(canary.encode() + b"\r\n\r\n")
            raw.recv(100)
        collector.stop()
    files = list(log.iterdir())
    assert [path.name for path in files] == [f"collector-{time.strftime('%Y-%m-%d', time.gmtime())}.jsonl"]
    text = files[0].read_text() + collector.log.read_text()
    assert canary not in text
    assert text.count('"127.0.0.1"') == 0
    assert all("event" in json.loads(line) for line in files[0].read_text().splitlines())
    assert not any(canary.encode() in path.read_bytes() for path in (tmp_path / "store").iterdir())


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give a file with settings."""
    path = tmp_path / "collector.toml"
    path.write_text(f'store = "{tmp_path}/from-file"\nraw_days = 7\nport = 0\n')
    return path


def test_settings_from_everywhere(tmp_path: Path, config: Path) -> None:
    """A flag beats the environment, and that the file; a mistake in any is told with what to do."""
    from telemetry.collector.settings import read

    file = read({"config": str(config)}, {})
    assert (file.raw_days, file.port, file.store) == (7, 0, f"{tmp_path}/from-file")
    environment = {
        "TASKRUNNER_COLLECTOR_CONFIG": str(config),
        "TASKRUNNER_COLLECTOR_RAW_DAYS": "9",
        "TASKRUNNER_COLLECTOR_DURABLE": "true",
        "TASKRUNNER_COLLECTOR_TRUSTED_PROXY": "10.0.0.1,10.0.0.2",
    }
    found = read({}, environment)
    assert (found.raw_days, found.port, found.durable) == (9, 0, True)
    assert found.trusted_proxy == ("10.0.0.1", "10.0.0.2")
    assert read({"raw_days": 3, "durable": None}, environment).raw_days == 3


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("colour = 1\n", "settings.unknown-key"),
        ("port = 'x'\n", "settings.bad-value"),
        ("raw_days = 0\n", "settings.bad-value"),
        ("role = 'king'\n", "settings.bad-value"),
        ("port = \n", "settings.not-toml"),
    ],
)
def test_bad_settings(tmp_path: Path, text: str, reference: str) -> None:
    """A mistake in the file ends the start with a sentence, never with a traceback."""
    path = tmp_path / "collector.toml"
    path.write_text(text)
    done = collector_verb("serve", "--config", str(path))
    assert (done.exit_code, f"({reference})" in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_answers_are_not_held_back() -> None:
    """The socket is known to be TCP's, without which asyncio lets each answer wait for 40 ms."""
    with listen("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
