"""Values of secrets go into containers and builds, and nowhere else: a canary tells where one went."""

import os
import stat
import time
from pathlib import Path

import psutil
import pytest

from tests.support.journey import Journey, program
from tests.support.running import Running

pytestmark = pytest.mark.engine

CANARY = "CanarySecret9f27"
CONFIG = """\
config_variables:
  password: {}
containers:
  app:
    build_directory: image
    build_args: {PASSWORD: "<{password}"}
    environment: {TOKEN: $TOKEN, PASSWORD: "<{password}"}
    health_check: {command: "true", interval: 100ms}
    setup_commands:
      - command: test -n "$TOKEN"
tasks:
  check: {run: {container: app, command: "sh -c 'test ${#TOKEN}${#PASSWORD} = 1616'"}}
  fail: {run: {container: app, command: "sh -c 'exit 3'"}}
"""
DOCKERFILE = """\
FROM taskrunner-test/busybox:1
ARG PASSWORD
RUN sleep 2; test ${#PASSWORD} -eq 16
"""


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Give a project whose tasks know a secret from the environment and one from a file of variables."""
    return (
        journey.file("taskrunner.yml", CONFIG)
        .file("taskrunner.local.yml", f"password: {CANARY}\n")
        .file("image/Dockerfile", DOCKERFILE)
    )


def tells(running: Running) -> list[str]:
    """Return the command lines that ever showed the canary while a program ran."""
    found: list[str] = []
    watched = psutil.Process(running.process.pid)
    while running.process.poll() is None:
        try:
            for process in (watched, *watched.children(recursive=True)):
                line = " ".join(process.cmdline())
                if CANARY in line and line not in found:
                    found.append(line)
        except psutil.Error:
            pass  # it ended meanwhile
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("builder", ["0", "1"])
def test_no_list_of_processes_shows_them(project: Journey, builder: str) -> None:
    """Other users of a machine see command lines: neither ours nor our children's have values in them."""
    running = project.start("run", "-o", "quiet", "check", env={"TOKEN": CANARY, "DOCKER_BUILDKIT": builder})

    assert [] == tells(running)
    assert running.finish(60).exit_code == 0


def test_what_is_written_down_has_none(project: Journey) -> None:
    """Neither log file, nor timelines, nor events, nor anything in the state folder has a value of one."""
    env = {"TOKEN": CANARY}
    for style, timeline in (("simple", "a.html"), ("json", "a.json"), ("all", "b.html")):
        for task, code in (("check", 0), ("fail", 3)):
            options = ("--log-file", "run.log", "--timeline", f"{task}-{timeline}")
            result = project.run("run", "-o", style, *options, task, env=env)
            assert result.exit_code == code, result
            assert CANARY not in result.stdout + result.stderr

    timelines = [*project.folder.glob("*.html"), *project.folder.glob("*-a.json")]
    assert len(timelines) == 6
    written = [project.folder / "run.log", *timelines]
    written += [path for path in project.home.rglob("*") if path.is_file()]
    holding = {path for path in written if CANARY.encode() in path.read_bytes()}
    assert (project.folder / "run.log").stat().st_size > 0
    assert set() == holding


def test_what_is_written_down_is_its_owners(project: Journey) -> None:
    """With the most generous umask there is, what a run writes is for one person alone."""
    script = 'umask 0; "$0" run -o quiet --log-file run.log check'
    result = project.run("-c", script, program(), command="/bin/sh", env={"TOKEN": CANARY})

    assert result.exit_code == 0, result
    state = project.home / ".taskrunner"
    shared = [
        f"{stat.filemode(path.lstat().st_mode)} {path.relative_to(state)}"
        for path in (state, *state.rglob("*"), project.folder / "run.log")
        if path.lstat().st_mode & 0o077
    ]
    assert [] == shared


def test_a_crash_report_has_none(project: Journey, tmp_path: Path) -> None:
    """A fault of ours is reported with its way through the code; a value in its message is left out."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'taskrunner.execution.run':\n"
        "            raise RuntimeError('boom ' + os.environ['TOKEN'])\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    result = project.run("run", "check", env={"TOKEN": CANARY, "PYTHONPATH": str(broken)})

    reports = list((project.home / ".taskrunner" / "crashes").iterdir())
    assert (1, 1) == (result.exit_code, len(reports)), result
    text = reports[0].read_text(encoding="utf-8")
    assert "boom <TOKEN>" in text
    assert CANARY not in text
    assert os.stat(reports[0]).st_mode & 0o077 == 0
