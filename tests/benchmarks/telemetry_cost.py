"""What telemetry costs the person who allowed it: off, on, and on with a collector that never answers.

    .cache/tests/bin/python -m tests.benchmarks.telemetry_cost [--rounds N]

The goal: at most 3 ms more on `run`, 5 ms on any other command, and 2 MB of memory. A busy machine adds
to both sides; compare the fastest times and the medians of many rounds.
"""

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from tests.benchmarks.interleaved import Contender, Result, measure
from tests.support.images import BUSYBOX, ensure_busybox

__all__ = ["figures"]

TASKRUNNER: Final = str(Path(sys.executable).with_name("taskrunner"))
COMMANDS: Final = (("list",), ("run", "--output", "quiet", "hello"))

_PAUSE: Final = 0.4
_CONFIG: Final = f"""\
project_name: telemetry-cost
containers:
  shell: {{image: "{BUSYBOX}"}}
tasks:
  hello: {{run: {{container: shell, command: echo hello}}}}
"""
_PEAK: Final = """
import sys
from taskrunner.cli.entry import main
main(sys.argv[1:])
from taskrunner.host.resources import peak_memory
sys.stderr.write(f"\\npeak {peak_memory()}")
"""


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=25)
    ensure_busybox()
    with tempfile.TemporaryDirectory() as folder:
        print(figures(Path(folder), parser.parse_args().rounds))


def figures(folder: Path, rounds: int) -> str:
    """Return a Markdown table of times and memory; `folder` is an empty one to work in."""
    (folder / "taskrunner.yml").write_text(_CONFIG, encoding="utf-8")
    with _collector() as collector, _black_hole() as black_hole:
        states = {
            "off": _environment(folder / "off"),
            "on": _environment(folder / "on", collector),
            "on, black hole": _environment(folder / "black-hole", black_hole),
        }
        contenders = [
            Contender(f"{command[0]}, {name}", ((TASKRUNNER, *command),), str(folder), env, pause=_PAUSE)
            for command in COMMANDS
            for name, env in states.items()
        ]
        results = {result.name: result for result in measure(contenders, rounds)}
        peaks = {each.name: _peak(each, min(rounds, 5)) for each in contenders}
    return "\n".join(_table(results, peaks))


def _environment(home: Path, collector: str | None = None) -> Mapping[str, str]:
    home.mkdir()
    environment = {
        **dict.fromkeys(("CI", "GITHUB_ACTIONS", "BUILD_ID", "BUILD_NUMBER", "RUN_ID", "DO_NOT_TRACK"), ""),
        "HOME": str(home),
        "TASKRUNNER_HOME": str(home / "state"),
        "TASKRUNNER_TELEMETRY_URL": collector or "",
        "TERM": "dumb",
    }
    answer = "enable" if collector else "disable"
    subprocess.run(
        (TASKRUNNER, "telemetry", answer),
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
    return environment


def _peak(contender: Contender, times: int) -> float:
    """Return the median of the most memory that a command had in use, in MiB."""
    found = []
    for _ in range(times):
        done = subprocess.run(
            (sys.executable, "-c", _PEAK, *contender.commands[0][1:]),
            cwd=contender.folder,
            env={**os.environ, **contender.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        found.append(int(done.stderr.rpartition("peak ")[2]) / 2**20)
    return statistics.median(found)


def _table(results: Mapping[str, Result], peaks: Mapping[str, float]) -> Iterator[str]:
    yield "| command | fastest ms | median ms | more than off, fastest | median | peak MiB | more than off |"
    yield "|---|---|---|---|---|---|---|"
    for name, result in results.items():
        base = results[f"{name.partition(',')[0]}, off"]
        fastest, least = min(result.samples), min(base.samples)
        memory = peaks[name] - peaks[base.name]
        yield (
            f"| {name} | {fastest:.1f} | {result.median:.1f} | {fastest - least:+.1f} | "
            f"{result.median - base.median:+.1f} | {peaks[name]:.1f} | {memory:+.1f} |"
        )


@contextlib.contextmanager
def _collector() -> Iterator[str]:
    """Give the address of a collector that stores nothing and says that it did."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stored)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


class _Stored(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def _black_hole() -> Iterator[str]:
    """Give an address where connections are taken, by the kernel, and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


if __name__ == "__main__":
    main()
