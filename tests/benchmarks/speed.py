"""How fast taskrunner is beside its peers; see docs/develop/performance.md.

    sh tests/benchmarks/run.sh [--rounds N] [--only GROUP] [--json FILE]

A peer that is not on this machine is left out, and the table says so.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.benchmarks.interleaved import Contender, measure, table, write_json
from tests.benchmarks.moments import exit_known, readiness_noticed, ready_config
from tests.support.images import BUSYBOX, ensure_busybox

if TYPE_CHECKING:
    from tests.benchmarks.interleaved import Result

HERE: Final = Path(__file__).parent
PROJECTS: Final = HERE / "projects"
BIN: Final = Path(sys.executable).parent
PYTHON: Final = (sys.executable, "-I", "-c", "pass")
TASKRUNNER: Final = str(BIN / "taskrunner")
FLOOR: Final = (sys.executable, "-I", "-S", str(HERE / "floor.py"), BUSYBOX)

LARGE: Final = (500, 200)
"""Tasks and containers of the large project."""


def main() -> None:
    """Measure the groups that are asked for, and print a table for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", choices=GROUPS, action="append")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    ensure_busybox()
    measured: dict[str, list[Result]] = {}
    versions = dict(found_versions())
    print("Measured with " + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".")
    for name in options.only or GROUPS:
        contenders, against = GROUPS[name]()
        missing = [each.name for each in contenders if not shutil.which(each.commands[0][0])]
        there = [each for each in contenders if each.name not in missing]
        measured[name] = measure(there, options.rounds)
        print(f"\n### {name}\n\n{table(measured[name], against)}")
        if missing:
            print(f"\nNot on this machine: {', '.join(missing)}.")
    if options.json:
        write_json(options.json, measured, versions)


def found_versions() -> Iterator[tuple[str, str]]:
    """Give the versions of what is measured, as each tells it."""
    for name, command in {
        "Python": (sys.executable, "--version"),
        "taskrunner": (TASKRUNNER, "--version"),
        "engine": ("docker", "version", "--format", "{{.Server.Version}}"),
        **{f"client {path}": (path, "--version") for path in docker_clients()},
        "docker-compose": ("docker-compose", "version", "--short"),
        "just": (str(BIN / "just"), "--version"),
        "task": (str(BIN / "task"), "--version"),
    }.items():
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
            yield name, " ".join(done.stdout.split())


def docker_clients() -> list[str]:
    """Return the Docker clients of this machine: there may be several, of different ages."""
    found = (os.path.join(folder, "docker") for folder in os.get_exec_path())
    return [path for path in dict.fromkeys(map(os.path.realpath, found)) if os.access(path, os.X_OK)]


def task(name: str, project: str, *options: str) -> Contender:
    """Return taskrunner with the task of a project."""
    return Contender(
        name,
        ((TASKRUNNER, "run", "-o", "quiet", *options, "hello"),),
        str(PROJECTS / project),
        expected="hello",
    )


def floor(dependencies: int) -> Contender:
    """Return the least sequence of calls."""
    return Contender("floor", ((*FLOOR, str(dependencies)),), expected="hello")


def one_container() -> tuple[list[Contender], list[str]]:
    """Compare a task that needs nothing else."""
    run = ("run", "--rm", BUSYBOX, "echo", "hello")
    clients = [Contender(f"{path} run --rm", ((path, *run),), expected="hello") for path in docker_clients()]
    network = f"taskrunner-bench-{os.getpid()}"
    with_network = Contender(
        "docker network create, run, rm",
        (
            ("docker", "network", "create", network),
            ("docker", "run", "--rm", "--network", network, BUSYBOX, "echo", "hello"),
            ("docker", "network", "rm", network),
        ),
    )
    contenders = [task("taskrunner", "one"), floor(0), *clients, with_network]
    return contenders, ["floor", *(client.name for client in clients)]


def one_dependency() -> tuple[list[Contender], list[str]]:
    """Compare a task with a dependency that is ready 0.3 s after its start."""
    compose = ("docker-compose", "--project-name", f"taskrunner-bench-{os.getpid()}")
    peer = Contender(
        "docker-compose run + down",
        ((*compose, "run", "--rm", "-T", "shell", "echo", "hello"), (*compose, "down")),
        str(PROJECTS / "dependency"),
        expected="hello",
    )
    return [task("taskrunner", "dependency"), floor(1), peer], ["floor", peer.name]


def eight_dependencies() -> tuple[list[Contender], list[str]]:
    """Compare a task with eight such dependencies."""
    return [task("taskrunner", "eight"), floor(8)], ["floor"]


def ignored_sigterm() -> tuple[list[Contender], list[str]]:
    """Compare a dependency that ignores SIGTERM with one that ends on it."""
    return [task("it ends", "dependency"), task("it ignores it", "stubborn")], ["it ends"]


def moments() -> tuple[list[Contender], list[str]]:
    """Measure how late a run knows what has happened."""
    folder = tempfile.mkdtemp(prefix="taskrunner-bench-")
    (Path(folder) / "taskrunner.yml").write_text(ready_config(BUSYBOX), encoding="utf-8")
    told = Contender("", ((TASKRUNNER, "run", "-o", "json", "hello"),))
    return [
        told._replace(name="a dependency is ready", folder=folder, reading=readiness_noticed(folder)),
        told._replace(name="the container has ended", folder=str(PROJECTS / "one"), reading=exit_known),
    ], []


def completion(folder: str) -> Contender:
    """Return what bash does when somebody presses the key for the name of a task."""
    script = subprocess.run((TASKRUNNER, "completion", "bash"), capture_output=True, text=True, check=True)
    line = f"{TASKRUNNER} run hel"
    pressed = (
        f"COMP_WORDS=({line}); COMP_CWORD=2; COMP_LINE='{line}'; COMP_POINT={len(line)}; _taskrunner; "
        'echo "${COMPREPLY[@]}"'
    )
    command = ("bash", "-c", f"{script.stdout}\n{pressed}")
    return Contender("completion of a task's name", (command,), folder, expected="hello")


def start_up() -> tuple[list[Contender], list[str]]:
    """Compare what is over before an engine is asked."""
    folder = str(PROJECTS / "one")
    plain = Contender(
        "taskrunner run, to the first call", ((TASKRUNNER, "run", "hello"),), folder, first_call=True
    )
    options = ("-o", "quiet", "run", "--no-color", "--max-parallelism", "3", "--no-cleanup", "hello")
    contenders = [
        Contender("python -c pass", (PYTHON,)),
        Contender("taskrunner --version", ((TASKRUNNER, "--version"),), folder),
        Contender("taskrunner list", ((TASKRUNNER, "list"),), folder),
        plain,
        plain._replace(name="the same with options", commands=((TASKRUNNER, *options),)),
        completion(folder),
        Contender("docker --version", (("docker", "--version"),)),
        Contender("just --version", ((str(BIN / "just"), "--version"),)),
        Contender("task --version", ((str(BIN / "task"), "--version"),)),
    ]
    return contenders, ["python -c pass"]


def skipped_task() -> tuple[list[Contender], list[str]]:
    """Compare a task that is up to date, and prints again what it printed, with one that runs."""
    contenders = [
        Contender("python -c pass", (PYTHON,)),
        task("taskrunner run, skipped", "skipped"),
        task("taskrunner run", "one"),
    ]
    return contenders, ["python -c pass", "taskrunner run"]


def streamed_output() -> tuple[list[Contender], list[str]]:
    """Compare how fast 200 MB of short lines come through, and how much memory that takes, and 1 GB."""
    contenders, against = _streamed("null", 200)
    most = contenders[-1]._replace(name="taskrunner -o json, 1 GB", environment={"MEGABYTES": "1000"})
    return [*contenders, most], against


def streamed_to_pipe() -> tuple[list[Contender], list[str]]:
    """Compare the same with a pipe whose other end is read."""
    return _streamed("pipe", 200)


def streamed_to_terminal() -> tuple[list[Contender], list[str]]:
    """Compare the same with a terminal, which takes 4 KB at a time."""
    return _streamed("terminal", 50)


def _streamed(sink: str, megabytes: int) -> tuple[list[Contender], list[str]]:
    command = f"yes a-line-of-output-of-forty-characters-or-so | head -c {megabytes}000000"
    docker = ("docker", "run", "--rm", "--log-driver", "none", BUSYBOX, "sh", "-c", command)
    folder = str(PROJECTS / "stream")
    ours = [
        Contender(
            f"taskrunner -o {style}",
            ((TASKRUNNER, "run", "-o", style, "lines"),),
            folder,
            {"MEGABYTES": str(megabytes)},
            sink=sink,
        )
        for style in ("quiet", "simple", "fancy", "all", "json")
        if style != "fancy" or sink == "terminal"
    ]
    return [Contender("docker run --rm", (docker,), sink=sink), *ours], ["docker run --rm"]


def large_project() -> tuple[list[Contender], list[str]]:
    """Compare a project of 500 tasks and 200 containers with one of one."""
    folder = tempfile.mkdtemp(prefix="taskrunner-bench-")
    (Path(folder) / "taskrunner.yml").write_text(large_config(*LARGE), encoding="utf-8")
    large = Contender(
        "taskrunner run in a large project", ((TASKRUNNER, "run", "-o", "quiet", "task-7"),), folder
    )
    contenders = [
        Contender("python -c pass", (PYTHON,)),
        Contender("taskrunner list in a large project", ((TASKRUNNER, "list"),), folder),
        task("taskrunner run", "one"),
        large._replace(expected="hello"),
    ]
    return contenders, ["python -c pass", "taskrunner run"]


def large_config(tasks: int, containers: int) -> str:
    """Return the config of a project of any size."""
    lines = ["project_name: bench-large", "containers:"]
    for number in range(containers):
        lines += [
            f"  container-{number}:",
            f"    image: {BUSYBOX}",
            "    working_directory: /code",
            "    environment:",
            f"      NUMBER: '{number}'",
            "    volumes:",
            "      - .:/code",
        ]
    lines.append("tasks:")
    for number in range(tasks):
        lines += [
            f"  task-{number}:",
            f"    description: Say hello for the {number}th time",
            f"    group: Group {number % 20}",
            "    run:",
            f"      container: container-{number % containers}",
            "      command: echo hello",
        ]
    return "\n".join(lines) + "\n"


GROUPS: Final = {
    "start": start_up,
    "one": one_container,
    "dependency": one_dependency,
    "eight": eight_dependencies,
    "moments": moments,
    "sigterm": ignored_sigterm,
    "large": large_project,
    "skipped": skipped_task,
    "stream": streamed_output,
    "stream-pipe": streamed_to_pipe,
    "stream-terminal": streamed_to_terminal,
}

if __name__ == "__main__":
    main()
