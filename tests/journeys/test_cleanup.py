"""Clean-up: always, except where a person asks to keep; and what killed runs leave is found."""

import os
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.journey import Journey

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  db:
    image: taskrunner-test/busybox:1
    command: sh -c 'trap "" TERM; sleep 600'
  graceful:
    image: taskrunner-test/busybox:1
    stop_grace_period: 10s
    command: sh -c 'trap "echo saved > /out/saved; exit 0" TERM; while true; do sleep 0.05; done'
    volumes: ['.:/out']
  app:
    image: taskrunner-test/busybox:1
tasks:
  good: {dependencies: [db], run: {container: app, command: echo fine}}
  bad: {dependencies: [db], run: {container: app, command: sh -c 'exit 4'}}
  broken: {dependencies: [db], run: {container: app, command: no-such-program}}
  sleep: {dependencies: [db], run: {container: app, command: sh -c 'echo started; sleep 600'}}
  with-grace: {dependencies: [graceful], run: {container: app, command: sleep 0.3}}
"""


def ours(engine: "DockerClient", journey: Journey) -> list[str]:
    """Return the names of the containers of this journey's project."""
    label = f"taskrunner.project={journey.project}"
    return sorted(c.name for c in engine.containers.list(all=True, filters={"label": label}))


def clean_as_told(stderr: str) -> None:
    """Run the clean-up commands that the output names."""
    commands = re.findall(r"docker (?:rm --force|network rm) .*", stderr)
    assert commands, stderr
    for command in commands:
        assert os.system(f"{command} > /dev/null") == 0, command  # noqa: S605 - it is what a person would do


@pytest.mark.alone
def test_a_dependency_that_ignores_sigterm_costs_no_ten_seconds(journey: Journey) -> None:
    """Nobody waits for a process that is about to be deleted."""
    result = journey.file("batect.yml", CONFIG).run("run", "good")

    assert result.exit_code == 0
    assert result.seconds < 8


@pytest.mark.alone
def test_a_container_that_asks_for_time_gets_it(journey: Journey) -> None:
    """It receives SIGTERM and ends by itself before it is removed."""
    result = journey.file("batect.yml", CONFIG).run("run", "with-grace")

    assert result.exit_code == 0
    assert (journey.folder / "saved").read_text() == "saved\n"
    assert result.seconds < 9


def test_containers_are_kept_after_a_failure_on_request(journey: Journey, engine: "DockerClient") -> None:
    """They keep running, and the commands that are printed remove everything."""
    result = journey.file("batect.yml", CONFIG).run("run", "--no-cleanup-after-failure", "broken")

    assert result.exit_code == 127
    kept = engine.containers.list(filters={"label": f"taskrunner.project={journey.project}"})
    assert [c.status for c in kept] == ["running"]
    assert "db" in kept[0].name
    assert kept[0].name in result.stderr
    # What a person wants to look at is no leftover to the next run.
    before = ours(engine, journey)
    assert journey.run("run", "good").exit_code == 0
    assert before == ours(engine, journey)
    clean_as_told(result.stderr)
    assert ours(engine, journey) == []


def test_an_exit_code_of_the_task_is_no_failure_of_the_run(journey: Journey, engine: "DockerClient") -> None:
    """Only --no-cleanup and --no-cleanup-after-success keep the containers of a task that ended."""
    journey.file("batect.yml", CONFIG)

    assert journey.run("run", "--no-cleanup-after-failure", "bad").exit_code == 4
    assert ours(engine, journey) == []


@pytest.mark.parametrize("style", ["simple", "quiet", "all"])
def test_containers_are_kept_after_success_on_request(
    journey: Journey, engine: "DockerClient", style: str
) -> None:
    """The exit code stays the task's, and every style says how to clean."""
    result = journey.file("batect.yml", CONFIG).run("run", "-o", style, "--no-cleanup-after-success", "bad")

    assert result.exit_code == 4
    assert len(ours(engine, journey)) == 2
    clean_as_told(result.stderr + result.stdout)
    assert ours(engine, journey) == []


@pytest.mark.alone
def test_what_a_killed_run_left_goes_with_the_next_run(journey: Journey, engine: "DockerClient") -> None:
    """A run that kill -9 ends leaves containers and a network; the next run of any task removes them."""
    journey.file("batect.yml", CONFIG)
    running = journey.start("run", "sleep").wait_for("started\n")
    running.signal(signal.SIGKILL)
    running.process.wait()
    corpses = ours(engine, journey)
    assert len(corpses) == 2

    result = journey.run("run", "good")

    assert result.exit_code == 0
    assert "Removed 2 containers and 1 network that killed runs had left." in result.stdout
    assert ours(engine, journey) == []
    assert engine.networks.list(filters={"label": f"taskrunner.project={journey.project}"}) == []


@pytest.mark.alone
def test_a_run_that_lives_is_not_touched(journey: Journey, engine: "DockerClient") -> None:
    """Another run of the same project goes on undisturbed, also by `clean`."""
    journey.file("batect.yml", CONFIG)
    running = journey.start("run", "sleep").wait_for("started\n")
    before = ours(engine, journey)

    assert journey.run("run", "good").exit_code == 0
    assert journey.run("clean", "--leftovers").exit_code == 0

    assert before == ours(engine, journey)
    assert running.signal(signal.SIGTERM).finish().exit_code == 143


@pytest.mark.alone
def test_clean_removes_leftovers(journey: Journey, engine: "DockerClient") -> None:
    """A person can clean without running anything."""
    journey.file("batect.yml", CONFIG)
    running = journey.start("run", "sleep").wait_for("started\n")
    running.signal(signal.SIGKILL)
    running.process.wait()

    result = journey.run("clean", "--leftovers")

    assert result.exit_code == 0
    assert "2 containers" in result.stdout
    assert ours(engine, journey) == []


def test_other_hosts_leftovers_need_an_age(journey: Journey, engine: "DockerClient") -> None:
    """What another machine made is removed only when asked for, and only when it is old enough."""
    journey.file("batect.yml", CONFIG)
    labels = {
        "taskrunner.project": journey.project,
        "taskrunner.run": "elsewhere",
        "taskrunner.pid": "1",
        "taskrunner.pid-start": "1",
        "taskrunner.boot": "another-boot",
        "taskrunner.machine": "another-machine",
        "taskrunner.pid-namespace": "another",
    }
    foreign = engine.containers.create("taskrunner-test/busybox:1", "true", labels=labels)
    time.sleep(1.1)

    assert journey.run("clean", "--all-hosts").exit_code == 2
    assert journey.run("clean", "--leftovers").exit_code == 0
    assert journey.run("clean", "--all-hosts", "--older-than", "24h").exit_code == 0
    assert ours(engine, journey) == [foreign.name]

    assert journey.run("clean", "--all-hosts", "--older-than", "1s").exit_code == 0
    assert ours(engine, journey) == []
