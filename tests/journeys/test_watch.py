"""`run --watch`: again at each change, with the dependencies staying, until Ctrl-C."""

import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.journey import Journey

if TYPE_CHECKING:
    from docker import DockerClient

    from tests.support.running import Running

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  db:
    image: taskrunner-test/busybox:1
    command: sh -c 'touch /ready; exec sleep 600'
    health_check: {command: test -e /ready}
  app:
    image: taskrunner-test/busybox:1
    working_directory: /code
    volumes: [".:/code"]
    dependencies: [db]
  built:
    build_directory: image
  alone:
    image: taskrunner-test/busybox:1
    working_directory: /code
    volumes: [".:/code"]
tasks:
  generate:
    inputs: [src/gen.txt]
    outputs: [out]
    run: {container: alone, command: "sh -c 'mkdir -p out; cp src/gen.txt out/gen; echo generated'"}
  test:
    prerequisites: [generate]
    inputs: [src, out, "!**/*.md"]
    run:
      container: app
      command: sh -c 'cat src/*.txt; ping -c 1 db > /dev/null && echo tested; exit $(cat src/code)'
  serve:
    inputs: [src]
    run: {container: app, command: "sh -c 'echo serving $(cat src/gen.txt); exec sleep 600'"}
  stamp:
    inputs: [src]
    run: {container: alone, command: "sh -c 'date +%s%N > src/stamp; sleep 1; echo stamped'"}
  build:
    inputs: [src]
    run: {container: built, command: cat /word}
  nothing: {run: {container: alone}}
"""


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Give a project with something to watch."""
    return journey.file("taskrunner.yml", CONFIG).file("src/gen.txt", "one\n").file("src/code", "0")


def dependency(engine: "DockerClient", journey: Journey) -> list[str]:
    """Return the ids of the project's running containers of the name `db`."""
    label = f"taskrunner.project={journey.project}"
    found = engine.containers.list(filters={"label": label})
    return [container.id for container in found if f"{journey.project}-db-" in container.name]


def times(running: "Running", text: str, number: int, timeout: float = 60) -> None:
    """Wait until a text was printed that many times."""
    until = time.monotonic() + timeout
    while running.text("stdout").count(text) < number:
        assert time.monotonic() < until, running.text("stdout") + running.text("stderr")
        time.sleep(0.05)


def behind(running: "Running", text: str, expected: str, timeout: float = 60) -> None:
    """Wait until a text was printed, and another one behind it."""
    until = time.monotonic() + timeout
    while expected not in running.text("stdout").partition(text)[2]:
        assert time.monotonic() < until, running.text("stdout") + running.text("stderr")
        time.sleep(0.05)


def end(running: "Running", journey: Journey, engine: "DockerClient") -> None:
    """End a watched run as Ctrl-C does, and see that nothing is left."""
    result = running.signal(signal.SIGINT, group=True).finish(60)
    assert result.exit_code == 130, result
    assert engine.containers.list(all=True, filters={"label": f"taskrunner.project={journey.project}"}) == []


def test_a_change_runs_the_task_again(project: Journey, engine: "DockerClient") -> None:
    """A failure too is followed by another round; the dependency is the same container all along."""
    running = project.start("run", "--watch", "test")
    times(running, "Ctrl-C ends it.", 1)
    before = dependency(engine, project)
    assert len(before) == 1

    project.file("src/code", "3")
    times(running, "finished with exit code 3", 1)
    times(running, "Ctrl-C ends it.", 2)
    project.file("src/notes.md", "no input").file("out/more", "an output")
    time.sleep(1)
    project.file("src/code", "0").file("src/gen.txt", "two\n").file("src/new.txt", "three\n")
    times(running, "Ctrl-C ends it.", 3)

    assert dependency(engine, project) == before
    output = running.text("stdout")
    assert output.count("\ntested\n") == 3
    assert output.count("\ngenerated\n") == 3  # the second time from what was kept
    assert "src/code changed." in output
    assert "two\nthree\n" in output
    assert output.count("Starting db...") == 1
    end(running, project, engine)


def test_a_task_that_runs_is_ended_first(project: Journey, engine: "DockerClient") -> None:
    """A server is started again once the old one is gone, and Ctrl-C ends it."""
    running = project.start("run", "--watch", "-o", "quiet", "serve")
    times(running, "serving one", 1)
    before = dependency(engine, project)

    project.file("src/gen.txt", "two\n")
    times(running, "serving two", 1)

    label = f"taskrunner.project={project.project}"
    assert len(engine.containers.list(filters={"label": label})) == 2
    assert dependency(engine, project) == before
    end(running, project, engine)


def test_a_dependency_that_is_gone_is_started_again(project: Journey, engine: "DockerClient") -> None:
    """What ended while the run waited is not taken for running."""
    running = project.start("run", "--watch", "-o", "quiet", "test")
    times(running, "tested", 1)
    (before,) = dependency(engine, project)
    engine.containers.get(before).kill()

    project.file("src/gen.txt", "two\n")
    times(running, "tested", 2)

    after = dependency(engine, project)
    assert len(after) == 1
    assert after != [before]
    end(running, project, engine)


def test_a_changed_config_counts(project: Journey, engine: "DockerClient") -> None:
    """The next round goes by the config as it is then; a mistake in it is told, and has to be mended."""
    running = project.start("run", "--watch", "test")
    times(running, "Ctrl-C ends it.", 1)
    before = dependency(engine, project)

    project.file("taskrunner.yml", CONFIG.replace("image: taskrunner-test", "imagine: taskrunner-test", 1))
    until = time.monotonic() + 60
    while "taskrunner.yml:3:5: " not in running.text("stderr"):
        assert time.monotonic() < until, running.text("stdout") + running.text("stderr")
        time.sleep(0.05)
    assert "The config cannot be used" in running.text("stderr")
    assert dependency(engine, project) == before

    project.file("taskrunner.yml", CONFIG.replace("echo tested", "echo examined"))
    times(running, "\nexamined\n", 1)

    assert "taskrunner.yml changed." in running.text("stdout")
    assert len(dependency(engine, project)) == 1
    end(running, project, engine)


def test_all_that_the_config_is_made_of_counts(project: Journey, engine: "DockerClient") -> None:
    """Files of variables, files that come to match a pattern, and the project's name: each begins a round."""
    nothing = "containers: {}\n"
    config = "include: [more/*.yml]\nconfig_variables: {GREETING: {default: hello}}\n" + CONFIG.replace(
        "  built:\n",
        "  greeter:\n    image: taskrunner-test/busybox:1\n    dependencies: [db]\n"
        "    env_file: [vars.env, {path: own.env, required: false}]\n  built:\n",
    )
    config += (
        "  greet:\n    inputs: [src]\n    run:\n      container: greeter\n"
        "      command: sh -c 'echo $WHO $WHERE $GREETING'\n      environment: {GREETING: <GREETING}\n"
    )
    project.file("taskrunner.yml", config).file("more/one.yml", nothing).file("vars.env", "WHO=me\n")
    running = project.start("run", "--watch", "greet")
    times(running, "Ctrl-C ends it.", 1)
    (db,) = dependency(engine, project)

    project.file("more/notes.txt", "no config")
    for path, text, expected in (
        ("vars.env", "WHO=you\n", "you hello"),
        ("own.env", "WHERE=here\n", "you here hello"),
        ("taskrunner.local.yml", "GREETING: goodbye\n", "you here goodbye"),
        ("more/two.yml", nothing, "you here goodbye"),
    ):
        project.file(path, text)
        behind(running, f"{path} changed.", f"\n{expected}\n")
    assert "notes.txt" not in running.text("stdout")
    assert len(dependency(engine, project)) == 1

    other = f"{project.project}-renamed"
    project.file("taskrunner.yml", f"project_name: {other}\n{config}")
    # A task that would do the same again is skipped, whatever the project is called.
    behind(running, "taskrunner.yml changed.", "Ctrl-C ends it.")
    assert engine.containers.list(filters={"id": db}) == []
    project.file("src/gen.txt", "other\n")
    behind(running, "src/gen.txt changed.", "Ctrl-C ends it.")
    (now,) = engine.containers.list(filters={"label": f"taskrunner.project={other}"})
    assert now.name.startswith(f"{other}-db-")
    end(running, project, engine)
    for things in (
        engine.containers.list(all=True, filters={"name": other}),
        engine.networks.list(names=[other]),
    ):
        assert things == []


def test_a_task_that_writes_what_it_reads_comes_to_its_end(project: Journey, engine: "DockerClient") -> None:
    """It cuts itself short twice, and then is let be."""
    running = project.start("run", "--watch", "-o", "quiet", "stamp")

    times(running, "stamped", 1)
    end(running, project, engine)


def test_an_image_is_built_again(project: Journey, engine: "DockerClient") -> None:
    """A change of a build directory counts as one of the inputs does."""
    project.file("image/Dockerfile", "FROM taskrunner-test/busybox:1\nCOPY word /word\n").file(
        "image/word", "old\n"
    )
    running = project.start("run", "--watch", "build")
    times(running, "Ctrl-C ends it.", 1)

    project.file("image/word", "new\n")
    times(running, "Ctrl-C ends it.", 2)

    assert "old\n" in running.text("stdout")
    assert "new\n" in running.text("stdout")
    end(running, project, engine)


def test_a_broken_round_starts_anew(project: Journey, engine: "DockerClient") -> None:
    """After a failure of a dependency everything is removed, and the next change begins with nothing."""
    project.file("taskrunner.yml", CONFIG.replace("test -e /ready", '"false", retries: 1, interval: 1s'))
    running = project.start("run", "--watch", "serve")
    times(running, "Ctrl-C ends it.", 1)
    assert dependency(engine, project) == []

    project.file("src/gen.txt", "again\n")
    times(running, "Ctrl-C ends it.", 2)
    end(running, project, engine)


@pytest.mark.parametrize(
    ("words", "reference"),
    [(["nothing"], "cli.nothing-to-watch"), (["--no-cleanup-after-failure", "serve"], "cli.watch-and-keep")],
)
def test_what_cannot_be_watched_is_told(project: Journey, words: list[str], reference: str) -> None:
    """A task without inputs, and options that want to keep what the next round replaces."""
    result = project.run("run", "--watch", *words)

    assert result.exit_code == 2
    assert f"[{reference}]" in result.stderr
