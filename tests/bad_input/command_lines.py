"""Runs the program with random words, many times in one process: `command_lines.py SEED TIMES [FIRST]`.

Prints each command line that ended otherwise than with an exit code and a sentence, or too late, with the
words that run it alone again.
"""

import contextlib
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator

from taskrunner.cli.entry import main
from tests.support.stopwatch import Stopwatch

LIMIT = 5
"""Seconds of processor time that one command may take, whatever else the machine does."""
HANG = 60
"""Seconds after which one hangs, without those in which others had the processor."""
MEMORY = 2**30
"""Bytes of address space that are enough for any command: one that reads a device without end meets them."""
LOOK = 2
"""Seconds between two looks at whether it does."""

CODES = {0, 1, 2, 125, 126, 127}
VERBS = (
    *("run", "list", "clean", "schema", "doctor", "completion", "telemetry", "shell"),
    *("init", "timings", "wrapper"),
)
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
    if chance.random() < 0.05:
        return completing(chance)
    words = [chance.choice(VERBS)] if chance.random() < 0.8 else []
    pools = (chance.choice((OPTIONS, WORDS)) for _ in range(chance.randrange(6)))
    return [*words, *map(chance.choice, pools)]


def completing(chance: random.Random) -> list[str]:
    """Return what a shell's script would ask, about a line that nobody finished."""
    shell = chance.choice(("bash", "zsh", "fish"))
    settings = chance.choices(WORDS, k=3) if shell == "bash" else []
    line = " ".join(chance.choices((*VERBS, *OPTIONS, *WORDS, "'", '"', "\\"), k=chance.randrange(6)))
    return ["completion", "--complete", shell, *settings, f"taskrunner {line}"]


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


class Watch:
    """Ends a command that spins, or that waits for what does not come."""

    def __init__(self) -> None:
        self._started = time.process_time()
        self._stopwatch = Stopwatch()

    @property
    def busy(self) -> float:
        """Seconds of processor time so far."""
        return time.process_time() - self._started

    def look(self, *_: object) -> None:
        """Raise `Hangs` if it does; called again and again, since a command may survive the first time."""
        if self._stopwatch.seconds > HANG:
            raise Hangs


def wrong(words: list[str]) -> str:
    """Run a command line; return what is wrong with how it ended."""
    watch = Watch()
    signal.signal(signal.SIGALRM, watch.look)
    signal.setitimer(signal.ITIMER_REAL, LOOK, LOOK)
    try:
        with captured() as said:
            code = main(words)
    except Hangs:
        return f"it did not end:\n{traceback.format_exc()}"
    except SystemExit as ended:
        return f"it left by itself with {ended.code!r}"
    except Exception:  # noqa: BLE001 - whatever gets out of the program is what is looked for
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    text = said.text
    if code not in CODES or "Traceback" in text or "itself failed" in text:
        return f"exit code {code}: {text[-2000:]}"
    if "\x1b[2J" in text:
        return "an escape sequence came through"
    return "" if watch.busy < LIMIT else f"it took {watch.busy:.1f} s of processor time"


def run(seed: str, times: int, first: int = 0) -> int:
    """Run so many command lines; return how many ended badly."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # Not through what the commands have redirected and buffered.
    report = os.dup(1)
    bad = 0
    folder = os.getcwd()
    for number in range(first, first + times):
        words = command_line(random.Random(f"{seed} {number}"))
        if UNWANTED & set(words):
            continue
        problem = wrong(words)
        os.chdir(folder)
        if problem:
            bad += 1
            again = f"command_lines.py {seed} 1 {number}"
            os.write(report, f"{again}\n  {words!r}\n  {problem}\n".encode(errors="backslashreplace"))
    return bad


if __name__ == "__main__":
    sys.exit(min(run(sys.argv[1], *map(int, sys.argv[2:])), 99))
