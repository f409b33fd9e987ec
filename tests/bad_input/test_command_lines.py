"""Random command lines: each ends with an exit code and a sentence, soon, and writes nowhere else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

WORKER = Path(__file__).with_name("command_lines.py")
ROOT = Path(__file__).parents[2]
CONFIG = """
project_name: x
containers: {shell: {image: busybox:1}}
tasks: {hello: {run: {container: shell}}}
"""


def check(folder: Path, seed: str, times: int, within: float) -> None:
    """Run so many command lines in a project below a folder; fail with those that ended badly.

    A command that hangs is found by the worker itself. `within` is for a worker that is broken.
    """
    project = folder / "outer" / "project"
    project.mkdir(parents=True)
    (project / "taskrunner.yml").write_text(CONFIG, encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "DOCKER_HOST": f"unix://{folder}/none.sock",
        "TASKRUNNER_DISABLE_TELEMETRY": "1",
        "PYTHONPATH": str(ROOT),
    }

    done = subprocess.run(
        [sys.executable, str(WORKER), seed, str(times)],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=within,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr[-3000:]), done.stdout[-6000:]
    assert [path.name for path in (folder / "outer").iterdir()] == ["project"]


def test_random_command_lines(tmp_path: Path) -> None:
    """None of many command lines ends with a traceback, a crash report, an escape sequence or too late."""
    check(tmp_path, "seed", 300, within=170)


def test_what_hangs_is_found() -> None:
    """A command that sleeps and one that spins are ended, also where others have the processor."""
    script = """
import signal, sys, time
from tests.bad_input import command_lines as lines
lines.HANG, lines.LOOK = 0.5, 0.1
def spin(_):
    while True: pass
for lines.main in (lambda _: time.sleep(600), spin):
    print("it did not end" in lines.wrong([]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=170, check=False
    )

    assert "True\nTrue\n" == done.stdout, done.stderr


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize("number", range(10))
def test_random_command_lines_at_length(tmp_path: Path, number: int) -> None:
    """The same, many times as often."""
    check(tmp_path, str(number), 2000, within=6 * 3600)
