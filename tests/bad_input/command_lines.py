"""Runs the program with random words, many times in one process: `python command_lines.py SEED TIMES`.

Prints each command line that ended otherwise than with an exit code and a sentence, or too late.
"""

import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator

from taskrunner.cli.entry import main

LIMIT = 5
"""Seconds of processor time that one command may take, whatever else the machine does."""
HANG = 60
"""Seconds after which one hangs."""

CODES = {0, 1, 2, 125, 126, 127}
VERBS = ("run", "list", "clean", "schema", "doctor", "completion", "telemetry", "shell")
OPTIONS = (
    "-f", "-o", "-T", "-h", "--config-file", "--output", "--log-file", "--config-var", "--config-vars-file",
    "--override-image", "--tag-image", "--use-network", "--max-parallelism", "--cache-type", "--json",
    "--docker-host", "--docker-context", "--docker-config", "--no-cleanup", "--skip-prerequisites",
    "--clean-cache", "--disable-ports", "--refresh-includes", "--no-color", "--list-tasks", "--clean",
    "--version", "--help", "--older-than", "--all-hosts", "--nothing-like-it", "--", "-", "---", "-x", "-fo",
    "--=", "--output=", "-o=", "--complete",
)  # fmt: skip
WORDS = (
    *("hello", "shell", "", " ", "a=b", "=", "shell=x:1", "A=$B", "\x1b[2J", "\udcff", "\u00fc" * 50),
    *("x" * 20_000, "-1", "9" * 400, "0", "1", "taskrunner.yml", "missing.yml", ".", "/", "/dev/null"),
    *(
        "/dev/zero",
        "../x",
        "~",
        "tcp://nowhere.invalid:1",
        "unix:///none",
        "quiet",
        "json",
        "fancy",
        "volume",
    ),
    *("volume", "directory", "24h", "1e9h", "*", "%s", "{0}", "\n", "--hello", "zsh", "status", "default"),
)
# Of a command that asks, listens or waits for a person, nothing is learned here.
UNWANTED = {"submit", "enable"}


def command_line(chance: random.Random) -> list[str]:
    """Return random words, more often a verb first than not."""
    words = [chance.choice(VERBS)] if chance.random() < 0.8 else []
    pools = (chance.choice((OPTIONS, WORDS)) for _ in range(chance.randrange(6)))
    return [*words, *map(chance.choice, pools)]


class Hangs(BaseException):
    """A command took so long that it has to be ended; not an error that the program could handle."""


class Said:
    """What was written."""

    text = ""


@contextlib.contextmanager
def captured() -> Iterator[Said]:
    """Take what is written to standard output and error, by whatever way."""
    said = Said()
    kept = [os.dup(number) for number in (1, 2)]
    with tempfile.TemporaryFile() as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield said
        finally:
            sys.stdout.flush()
            for number, old in zip((1, 2), kept, strict=True):
                os.dup2(old, number)
                os.close(old)
            file.seek(0)
            said.text = file.read().decode(errors="replace")


def wrong(words: list[str]) -> str:
    """Run a command line; return what is wrong with how it ended."""
    started = time.process_time()
    signal.alarm(HANG)
    try:
        with captured() as said:
            code = main(words)
    except Hangs:
        return "it did not end"
    except SystemExit as ended:
        return f"it left by itself with {ended.code!r}"
    finally:
        signal.alarm(0)
    text = said.text
    if code not in CODES or "Traceback" in text or "itself failed" in text:
        return f"exit code {code}: {text[-2000:]}"
    if "\x1b[2J" in text:
        return "an escape sequence came through"
    return "" if time.process_time() - started < LIMIT else "it took too long"


def _too_long(*_: object) -> None:
    raise Hangs


def run(seed: str, times: int) -> int:
    """Run so many command lines; return how many ended badly."""
    signal.signal(signal.SIGALRM, _too_long)
    # Not through what the commands have redirected and buffered.
    report = os.dup(1)
    chance = random.Random(seed)
    bad = 0
    folder = os.getcwd()
    for _ in range(times):
        words = command_line(chance)
        if UNWANTED & set(words):
            continue
        problem = wrong(words)
        os.chdir(folder)
        if problem:
            bad += 1
            os.write(report, f"{words!r}\n  {problem}\n".encode(errors="backslashreplace"))
    return bad


if __name__ == "__main__":
    sys.exit(min(run(sys.argv[1], int(sys.argv[2])), 99))
