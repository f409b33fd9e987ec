"""Whole processes timed side by side: in random order, round by round, so that noise falls on all alike."""

import contextlib
import json
import os
import pty
import random
import socket
import statistics
import subprocess
import tempfile
import time
import tty
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Final, NamedTuple

__all__ = ["Contender", "Result", "measure", "table", "write_json"]

_TIMEOUT: Final = 120


class Contender(NamedTuple):
    """A command to time."""

    name: str
    commands: tuple[Sequence[str], ...]
    """What is timed, as one: several commands that a person would have to type."""
    folder: str = "/"
    environment: Mapping[str, str] = {}
    """Variables to set besides those of this process."""
    expected: str | None = None
    """What the first command must print somewhere."""
    first_call: bool = False
    """Whether only the time until the command connects to an engine counts; it is ended then."""
    sink: str = ""
    """Where what it prints goes because there is much of it: `null`, the device; or a `pipe` or a `terminal`
    that is read and thrown away. Its memory is watched."""
    reading: Callable[[str], float] | None = None
    """What finds the milliseconds that count in what the first command printed, instead of the whole time."""
    pause: float = 0.0
    """Seconds to wait after it, for what it leaves to do in the background."""


class Result(NamedTuple):
    """A contender's times, in milliseconds."""

    name: str
    samples: tuple[float, ...]
    peak: float | None = None
    """The most memory that it had in any round, in megabytes, where that was watched."""

    @property
    def median(self) -> float:
        """The middle of the times."""
        return statistics.median(self.samples)


def measure(contenders: Sequence[Contender], rounds: int, *, seed: int = 1) -> list[Result]:
    """Time every contender in every round, after one round to warm up; the order is drawn anew each time.

    Raises RuntimeError where a command fails or prints something else than it should.
    """
    order = random.Random(seed)
    samples: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    peaks: dict[str, float] = {}
    for turn in range(rounds + 1):
        for contender in order.sample(contenders, len(contenders)):
            taken, peak = _discarded(contender) if contender.sink else (_timed(contender), None)
            if turn:
                samples[contender.name].append(taken)
            if peak is not None:
                peaks[contender.name] = max(peak, peaks.get(contender.name, 0.0))
            time.sleep(contender.pause)
    return [Result(each.name, tuple(samples[each.name]), peaks.get(each.name)) for each in contenders]


def _timed(contender: Contender) -> float:
    env = {**_environment(), **contender.environment}
    if contender.first_call:
        return _until_connected(contender, env)
    started = time.perf_counter()
    printed = [_called(contender, command, env) for command in contender.commands]
    taken = (time.perf_counter() - started) * 1000
    if contender.expected is not None and contender.expected not in printed[0]:
        raise RuntimeError(f"{contender.name} printed something else: {printed[0]!r}")
    return taken if contender.reading is None else contender.reading(printed[0])


def _until_connected(contender: Contender, env: dict[str, str]) -> float:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as engine:
        path = os.path.join(folder, "engine.sock")
        engine.bind(path)
        engine.listen()
        engine.settimeout(_TIMEOUT)
        started = time.perf_counter()
        child = subprocess.Popen(
            contender.commands[0],
            cwd=contender.folder,
            env={**env, "DOCKER_HOST": f"unix://{path}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            engine.accept()[0].close()
            return (time.perf_counter() - started) * 1000
        finally:
            child.kill()
            child.wait()


def _discarded(contender: Contender) -> tuple[float, float]:
    """Return the time, and the most memory in megabytes, of a command whose output is thrown away."""
    started, peak = time.perf_counter(), 0.0
    read, write = _sink(contender.sink)
    child = subprocess.Popen(
        contender.commands[0],
        cwd=contender.folder,
        env={**_environment(), **contender.environment},
        stdin=subprocess.DEVNULL,
        stdout=write,
    )
    os.close(write)
    reader = Thread(target=_drain, args=(read,))
    reader.start()
    while child.poll() is None:
        peak = max(peak, _high_water(child.pid))
        time.sleep(0.02)
    reader.join()
    if child.returncode:
        raise RuntimeError(f"{contender.name} ended with {child.returncode}")
    return (time.perf_counter() - started) * 1000, peak


def _sink(kind: str) -> tuple[int, int]:
    """Return the descriptors of both ends."""
    if kind == "terminal":
        read, write = pty.openpty()
        tty.setraw(write)
        return read, write
    if kind == "pipe":
        return os.pipe()
    return os.open(os.devnull, os.O_RDONLY), os.open(os.devnull, os.O_WRONLY)


def _drain(descriptor: int) -> None:
    # A terminal whose other end is closed fails instead of ending.
    with contextlib.suppress(OSError):
        while os.read(descriptor, 1 << 17):
            pass
    os.close(descriptor)


def _high_water(pid: int) -> float:
    # What wait4 tells is no less than what the parent had when it made the child.
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _environment() -> dict[str, str]:
    # Without compiled modules every Python program would start twice as slowly.
    left_out = ("COVERAGE_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    # Somebody who has answered: what telemetry costs has a benchmark of its own.
    return {"TASKRUNNER_DISABLE_TELEMETRY": "true", **kept}


def _called(contender: Contender, command: Sequence[str], env: Mapping[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=contender.folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{contender.name} ended with {done.returncode}: {done.stdout}")
    return done.stdout


def table(results: Sequence[Result], against: Sequence[str]) -> str:
    """Return a Markdown table: medians, spread, and the ratio of medians to those of some contenders."""
    by_name = {result.name: result for result in results}
    columns = [name for name in against if name in by_name]
    watched = any(result.peak is not None for result in results)
    head = ["command", "median ms", "fastest", "slowest", *(f"÷ {name}" for name in columns)]
    lines = [_row([*head, "peak MB"] if watched else head)]
    lines.append("|" + "---|" * (len(head) + watched))
    for result in results:
        figures = [f"{each:.0f}" for each in (result.median, min(result.samples), max(result.samples))]
        figures += [f"{result.median / by_name[name].median:.2f}" for name in columns]
        if watched:
            figures.append("" if result.peak is None else f"{result.peak:.0f}")
        lines.append(_row([result.name, *figures]))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def write_json(path: Path, groups: Mapping[str, Sequence[Result]], versions: Mapping[str, str]) -> None:
    """Write all samples, in milliseconds, with the versions of what was measured."""
    measured = {
        group: {result.name: {"median": result.median, **result._asdict()} for result in results}
        for group, results in groups.items()
    }
    path.write_text(
        json.dumps({"versions": versions, "milliseconds": measured}, indent=2) + "\n", encoding="utf-8"
    )
