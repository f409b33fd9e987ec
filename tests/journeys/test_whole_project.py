"""A project with everything that most projects have, in every output style."""

import json
import re
import signal

import pytest

from tests.support.journey import Journey

pytestmark = pytest.mark.engine

CONFIG = """\
config_variables:
  greeting:
    default: welcome

.environment: &environment
  GREETING: <{greeting}

containers:
  shop:
    image: taskrunner-test/busybox:1
    environment:
      <<: *environment
    command: sh -c 'mkdir /www; echo "$GREETING" > /www/index.html; echo shop is up; exec httpd -f -h /www'
    additional_hostnames: [shop.example]
    health_check:
      command: wget -q -O /dev/null http://localhost/
      interval: 2s
      retries: 5
    setup_commands:
      - command: sh -c 'echo stock > /www/stock.html; echo stocked'

  tools:
    build_directory: tools
    volumes:
      - local: .
        container: /code
        options: cached
      - type: cache
        name: tools
        container: /cache
    working_directory: /code

tasks:
  check:lint:
    description: Look at the code.
    group: Checks
    run: {container: tools, command: sh -c 'echo linted by $(cat /tool)'}
  check:types:
    group: Checks
    run: {container: tools, command: sh -c 'echo typed > /cache/typed; echo types are fine'}
  checks:
    group: Checks
    prerequisites: ['check:*']
  test:
    description: Test against the shop.
    prerequisites: [checks]
    dependencies: [shop]
    run:
      container: tools
      command: sh -c 'cat /cache/typed; wget -qO- shop shop.example/stock.html; echo oops >&2; exit 3'
"""


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Write the project."""
    return journey.file("batect.yml", CONFIG).file(
        "tools/Dockerfile", "FROM taskrunner-test/busybox:1\nRUN echo a tool > /tool\n"
    )


def in_order(text: str, *parts: str) -> None:
    """Check that parts stand in a text one after another."""
    position = 0
    for part in parts:
        found = text.find(part, position)
        assert found >= 0, f"{part!r} is missing behind position {position} of:\n{text}"
        position = found + len(part)


def test_simple(project: Journey) -> None:
    """Steps and output, one after another, errors apart."""
    result = project.run("run", "-o", "simple", "test")

    assert result.exit_code == 3
    in_order(
        result.stdout,
        "Running check:lint...",
        "Building tools...",
        "Built tools.",
        "linted by a tool\n",
        "check:lint finished with exit code 0 in ",
        "Running check:types...",
        "types are fine\n",
        "Running test...",
        "Starting shop...",
        "shop has become healthy.",
        "stocked",
        "shop has completed all set-up commands.",
        "typed\nwelcome\nstock\n",
        "Cleaning up...",
        "test finished with exit code 3 in ",
    )
    assert result.stderr == "oops\n"


def test_quiet(project: Journey) -> None:
    """The output of the tasks' own commands, and nothing else."""
    result = project.run("run", "-o", "quiet", "test")

    assert (3, "oops\n") == (result.exit_code, result.stderr)
    assert result.stdout == "linted by a tool\ntypes are fine\ntyped\nwelcome\nstock\n"


def test_all(project: Journey) -> None:
    """Every container's lines, each with its container's name."""
    result = project.run("run", "-o", "all", "test")

    assert result.exit_code == 3
    for line in (
        r"tools\s+\| linted by a tool",
        r"shop\s+\| shop is up",
        r"tools\s+\| welcome",
        r"tools\s+\| oops",
    ):
        assert re.search(f"^{line}$", result.stdout, re.MULTILINE), line
    assert re.search(r"^shop\s+\|.*stocked$", result.stdout, re.MULTILINE)


def test_json(project: Journey) -> None:
    """Each line of standard output is an event, and containers' output is among them."""
    result = project.run("run", "-o", "json", "test")

    events = [json.loads(line) for line in result.stdout.splitlines()]
    names = [event["event"] for event in events]
    output = "".join(
        event["text"]
        for event in events
        if event["event"] == "ContainerOutput"
        and (event["container"], event["stream"]) == ("tools", "stdout")
    )
    assert result.exit_code == 3
    assert ("RunStarted", "RunFinished") == (names[0], names[-1])
    assert names.count("TaskFinished") == 4
    assert "linted by a tool\n" in output
    assert "welcome\nstock\n" in output
    assert events[-1]["exit_code"] == 3
    started = [e["number"] for e in events if e["event"] == "StepStarted"]
    finished = [e["number"] for e in events if e["event"] == "StepFinished"]
    assert started
    assert sorted(started) == sorted(finished)


@pytest.mark.parametrize("style", ["simple", "quiet", "all", "json"])
def test_ctrl_c_in_the_middle_leaves_nothing(project: Journey, style: str) -> None:
    """The journey's own check looks for containers, networks and processes afterwards."""
    project.file("batect.yml", CONFIG.replace("exit 3", "echo waiting; sleep 600"))
    running = project.start("run", "-o", style, "test")
    running.wait_for("waiting\n" if style in ("simple", "quiet") else "waiting", timeout=60)

    assert running.signal(signal.SIGINT).finish(30).exit_code == 130


def test_one_step_at_a_time(project: Journey) -> None:
    """--max-parallelism 1 changes nothing but the pace."""
    result = project.run("run", "-o", "quiet", "--max-parallelism", "1", "test", timeout=120)

    assert result.stdout == "linted by a tool\ntypes are fine\ntyped\nwelcome\nstock\n"


def test_runs_side_by_side_do_not_meet(project: Journey) -> None:
    """Several runs of one project at once, each with its own containers and network."""
    assert project.run("run", "-o", "quiet", "check:types").exit_code == 0
    runs = [project.start("run", "-o", "quiet", "--skip-prerequisites", "test") for _ in range(4)]

    for running in runs:
        result = running.finish(120)
        assert (3, "typed\nwelcome\nstock\n") == (result.exit_code, result.stdout), result.stderr


def test_a_log_file_tells_what_happened(project: Journey) -> None:
    """One event a line, no output of containers, readable by its owner alone."""
    assert project.run("run", "-o", "quiet", "--log-file", "run.log", "check:lint").exit_code == 0

    path = project.folder / "run.log"
    names = [json.loads(line)["event"] for line in path.read_text().splitlines()]
    assert ("RunStarted", "RunFinished") == (names[0], names[-1])
    assert "ContainerOutput" not in names
    assert path.stat().st_mode & 0o777 == 0o600
