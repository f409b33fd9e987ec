"""Measures how many sessions a second one core takes, side by side, with wrk on the other core.

    python tests/benchmarks/ingest.py [--seconds 5] [--rounds 3] [--connections 32] [--realtime] [--fsync]

Ours and a handler that validates nothing and stores the same bytes by the same writer (`bare.py`) take
turns, on SQLite and on PostgreSQL. What counts on a machine that others use too is the processor time that
each session cost, and the ratio between two servers in one run. The server has one core; wrk has the other,
and shares it with PostgreSQL, the third process on two cores. `--realtime` (as root) gives them these cores
for themselves: keep it to seconds, since everything else on the machine stands still.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from taskrunner.usage_catalog import CATALOG
from telemetry.collector.population import population
from tests.support.postgres import cluster

_HERE = Path(__file__).parent
_SERVER_CORE, _CLIENT_CORE = "0", "1"


class Round(NamedTuple):
    """What one round of one server came to."""

    a_second: float
    p50: float
    """Milliseconds."""
    p95: float
    microseconds: float
    """Of processor time in the server for each session."""
    database: float
    """Microseconds of processor time in PostgreSQL for each session."""


class Server(NamedTuple):
    """A running server."""

    name: str
    process: psutil.Process
    port: int
    database: psutil.Process | None
    """The first process of PostgreSQL, where the sessions go there."""

    def database_seconds(self) -> float:
        """Return the processor time that PostgreSQL has used."""
        return sum(sum(each.cpu_times()[:2]) for each in self.database_processes())

    def database_processes(self) -> list[psutil.Process]:
        """Return the processes of PostgreSQL."""
        return [self.database, *self.database.children()] if self.database else []


@contextmanager
def serving(
    name: str, command: list[str], folder: Path, database: psutil.Process | None = None
) -> Iterator[Server]:
    """Start a server on its core, and wait until it is ready."""
    log = folder / f"{name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(["taskset", "-c", _SERVER_CORE, sys.executable, *command], stderr=file)
    try:
        while '"ready"' not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        address = json.loads(log.read_text().splitlines()[0])["address"]
        yield Server(name, psutil.Process(process.pid), int(address.rstrip("/").rpartition(":")[2]), database)
    finally:
        process.terminate()
        process.wait()


def measure(server: Server, bodies: Path, seconds: int, connections: int, *, realtime: bool = False) -> Round:
    """Send as fast as it goes for some seconds."""
    if realtime:
        for each in (server.process, *server.database_processes()):
            subprocess.run(["chrt", "--all-tasks", "--rr", "--pid", "1", str(each.pid)], check=True)
    first = ["chrt", "--rr", "1"] if realtime else []
    before, database = sum(server.process.cpu_times()[:2]), server.database_seconds()
    done = subprocess.run(
        [
            *first, "taskset", "-c", _CLIENT_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
            "--latency", "-s", _HERE / "sessions.lua", f"http://127.0.0.1:{server.port}",
        ],
        env={**os.environ, "BODIES": str(bodies)}, check=True, capture_output=True, text=True,
        timeout=seconds + 60,
    )  # fmt: skip
    found = json.loads(done.stdout.rpartition("RESULT ")[2])
    assert found["other"] == 0, done.stdout
    used = sum(server.process.cpu_times()[:2]) - before
    database = server.database_seconds() - database
    each = 1e6 / found["stored"]
    return Round(found["stored"] / found["seconds"], found["p50"], found["p95"], used * each, database * each)


def write_bodies(path: Path, number: int = 2000) -> float:
    """Write sessions of the last days; return their mean size."""
    made = [each.body for each in population(CATALOG, number * 3, seed=5, now=time.time())][-number:]
    path.write_bytes(b"".join(body + b"\n" for body in made))
    return statistics.mean(map(len, made))


class Row(NamedTuple):
    """What a server came to: medians of its rounds."""

    a_second: float
    p50: float
    p95: float
    microseconds: float
    database: float
    of_bare: float
    """How many sessions it takes for one of the bare handler's, in the same processor time."""
    memory: float
    """MiB."""


def compare(
    seconds: int, rounds: int, connections: int, *, realtime: bool = False, fsync: bool = False
) -> dict[str, Row]:
    """Let the servers take turns, after one round each to warm up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(cluster())
        if fsync:
            database.stop("fast")
            database.start("-c", "fsync=on")
        postgres = psutil.Process(database.pid)
        postgres.cpu_affinity([int(_CLIENT_CORE)])
        write_bodies(folder / "bodies")
        ours = ["-m", "telemetry.collector", "serve", "--port=0", "--jobs-at=never", "--role=ingest"]
        ours += ["--rate-address=0", "--rate-user=0", "--store"]
        bare = [str(_HERE / "bare.py")]
        servers = [
            stack.enter_context(serving(*each))
            for each in (
                ("bare-sqlite", [*bare, str(folder / "bare")], folder),
                ("sqlite", [*ours, str(folder / "sqlite")], folder),
                ("bare-postgres", [*bare, database.new_database()], folder, postgres),
                ("postgres", [*ours, database.new_database()], folder, postgres),
            )
        ]
        found: dict[str, list[Round]] = {server.name: [] for server in servers}
        for number in range(rounds + 1):
            for server in servers:
                own = realtime and number > 0
                each = measure(server, folder / "bodies", seconds, connections, realtime=own)
                found[server.name].append(each)
        return {
            each.name: _row(each, found[each.name][1:], found[f"bare-{each.name.removeprefix('bare-')}"][1:])
            for each in servers
        }


def _row(server: Server, found: list[Round], bare: list[Round]) -> Row:
    middle = [statistics.median(column) for column in zip(*found, strict=True)]
    ratio = statistics.median(b.microseconds / f.microseconds for b, f in zip(bare, found, strict=True))
    return Row(*middle, ratio, server.process.memory_info().rss / 2**20)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--realtime", action="store_true")
    parser.add_argument("--fsync", action="store_true", help="let PostgreSQL wait for the disk")
    given = parser.parse_args()
    rows = compare(given.seconds, given.rounds, given.connections, realtime=given.realtime, fsync=given.fsync)
    print(f"{given.connections} connections, load of the machine {os.getloadavg()[0]:.1f}")
    print("server         a second  p50 ms  p95 ms  CPU µs  database µs  of bare    MiB")
    for name, row in rows.items():
        print(
            f"{name:13} {row.a_second:9.0f} {row.p50:7.1f} {row.p95:7.1f} {row.microseconds:7.0f} "
            f"{row.database:12.0f} {row.of_bare:8.2f} {row.memory:6.0f}"
        )


if __name__ == "__main__":
    main()
