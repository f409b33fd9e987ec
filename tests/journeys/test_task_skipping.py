"""Tasks with `inputs`: skipped while nothing has changed, and never otherwise."""

import json
import time
from typing import Any

import pytest

from tests.support.journey import Journey
from tests.support.modules import loaded_modules

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  app:
    image: taskrunner-test/busybox:1
    working_directory: /code
    environment: {WHO: "${WHO:-me}"}
    volumes: [".:/code"]
  built:
    build_directory: image
    volumes: [".:/code"]
tasks:
  generate:
    inputs: [src/gen.txt]
    outputs: [out/gen]
    run: {container: app, command: "sh -c 'mkdir -p out; cp src/gen.txt out/gen; echo generated'"}
  build:
    prerequisites: [generate]
    inputs: [src, "!src/*.md", out/gen]
    outputs: ["out/*.o"]
    run: {container: app, command: "sh -c 'cat src/*.c > out/a.o; echo built for $WHO; echo warned >&2'"}
  all: {prerequisites: [build]}
  fail:
    inputs: [src]
    run: {container: app, command: "false"}
  touch:
    inputs: [src]
    run: {container: app, command: "sh -c 'date +%s%N > src/stamp.c'"}
  image:
    inputs: [src/gen.txt]
    run: {container: built, command: cat /word}
"""


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Give a project with a task that reads and writes files, and a prerequisite that does."""
    journey.file("taskrunner.yml", CONFIG).file("src/a.c", "a\n").file("src/b.c", "b\n")
    return journey.file("src/gen.txt", "g\n").file("src/notes.md", "n\n")


def test_a_timeline_shows_what_was_skipped(project: Journey) -> None:
    """A run of which nothing has to be run has a timeline that says so, as a page and as a trace."""
    project.run("run", "build")

    page = project.run("run", "--timeline", "skipped.html", "build")
    trace = project.run("run", "--timeline", "skipped.json", "build")

    assert (0, 0) == (page.exit_code, trace.exit_code), (page, trace)
    text = (project.folder / "skipped.html").read_text(encoding="utf-8")
    assert text.count("Nothing: it is up to date, which saves ") == 2
    written = json.loads((project.folder / "skipped.json").read_text(encoding="utf-8"))
    skipped = [event for event in written["traceEvents"] if event["name"] == "skipped"]
    assert len(skipped) == 2


def events(journey: Journey, task: str, *options: str, **env: str) -> list[dict[str, Any]]:
    """Run a task and return its events."""
    result = journey.run("run", "-o", "json", *options, task, env=env)
    assert result.exit_code == 0, result
    return [json.loads(line) for line in result.stdout.splitlines()]


def ran(journey: Journey, task: str, *options: str, **env: str) -> list[str]:
    """Run a task and return the tasks that were not skipped."""
    found = events(journey, task, *options, **env)
    return [event["task"] for event in found if event["event"] == "TaskFinished"]


def why(journey: Journey, task: str, *options: str, **env: str) -> str:
    """Run a task with --explain and return why it ran, or nothing where it was skipped."""
    found = events(journey, task, "--explain", *options, **env)
    return "; ".join(r for e in found if e["event"] == "TaskDue" and e["task"] == task for r in e["reasons"])


def test_the_second_run_is_skipped_and_prints_the_same(project: Journey) -> None:
    """Both streams are printed again by tasks that do not run, and the engine creates nothing for it."""
    first = project.run("run", "-o", "quiet", "build")
    found = events(project, "build")
    second = project.run("run", "-o", "quiet", "build")

    assert (first.exit_code, first.stdout, first.stderr) == (0, "generated\nbuilt for me\n", "warned\n")
    assert (second.exit_code, second.stdout, second.stderr) == (0, first.stdout, first.stderr)
    kinds = [event["event"] for event in found]
    assert kinds == [
        *(
            "RunStarted",
            "TaskSkipped",
            "ContainerOutput",
            "TaskSkipped",
            "ContainerOutput",
            "ContainerOutput",
        ),
        "RunFinished",
    ]
    assert "build is up to date" in project.run("run", "build").stdout
    assert ran(project, "all") == ["all"]


def test_every_change_is_seen(project: Journey) -> None:
    """Inputs, settings, environment, outputs and prerequisites each make a task run, and say so."""
    assert "not succeeded yet" in why(project, "build")
    assert why(project, "build") == ""

    project.file("src/notes.md", "other\n")
    assert why(project, "build") == ""
    project.file("src/a.c", "A\n").file("src/new.c", "c\n")
    assert why(project, "build") == "src/new.c is new; src/a.c has changed"
    (project.folder / "src/new.c").unlink()
    assert why(project, "build") == "src/new.c is gone"
    project.file("out/a.o", "edited")
    assert why(project, "build") == "its outputs are not as it left them"
    (project.folder / "out/a.o").unlink()
    assert why(project, "build") == "no file is named by its output 'out/*.o'"
    project.file("src/gen.txt", "G\n")
    assert "its prerequisite generate is not what it was" in why(project, "build")
    changed = why(project, "build", WHO="you")
    assert "`environment` of container app has changed (WHO)" in changed
    assert "you" not in changed
    assert "--force was given" in why(project, "build", "--force", WHO="you")
    assert ran(project, "build", WHO="you") == []


def test_a_change_that_is_undone_is_none(project: Journey) -> None:
    """Contents count, not times: a checkout of other files and back is no change."""
    ran(project, "build")
    project.file("src/a.c", "other\n").file("src/a.c", "a\n")

    assert ran(project, "build") == []


def test_what_failed_or_changed_its_own_inputs_runs_again(project: Journey) -> None:
    """Only a success is remembered, and only where the inputs stayed what they were."""
    for _ in range(2):
        assert project.run("run", "-o", "quiet", "fail").exit_code == 1
    assert ran(project, "touch") == ["touch"]
    assert ran(project, "touch") == ["touch"]


def test_images_count(project: Journey) -> None:
    """What an image is built from is a part of the task."""
    project.file("image/Dockerfile", "FROM taskrunner-test/busybox:1\nCOPY word /word\n").file(
        "image/word", "one\n"
    )
    assert ran(project, "image") == ["image"]
    assert ran(project, "image") == []

    project.file("image/word", "two\n")
    assert project.run("run", "-o", "quiet", "image").stdout == "two\n"
    assert why(project, "image", "--rebuild") == "the image of container built is to be built"


def test_values_are_not_kept_in_the_clear(project: Journey) -> None:
    """Nothing below the state folder has the value of a variable, and others cannot read it."""
    ran(project, "build", WHO="s3cr3t-value")

    kept = [path for path in (project.home / ".taskrunner").rglob("*") if path.is_file()]
    records = [path for path in kept if path.suffix == ".json" and "tasks" in path.parts]
    assert len(records) == 4
    assert not [path for path in records if b"s3cr3t-value" in path.read_bytes()]
    assert {path.stat().st_mode & 0o077 for path in records} == {0}


def test_a_misspelt_input_is_no_reason_to_skip(project: Journey) -> None:
    """A pattern that names nothing would never change."""
    project.file("taskrunner.yml", CONFIG.replace("inputs: [src/gen.txt]", "inputs: [src/gen.txt, scr]", 1))
    ran(project, "generate")

    assert why(project, "generate") == "no file is named by its input 'scr'"


def test_a_broken_record_costs_a_run(project: Journey) -> None:
    """Whatever is in the files, the task runs, and the log is left out where it is broken."""
    ran(project, "generate")
    (folder,) = (project.home / ".taskrunner" / "projects").glob("*/tasks")
    record, log = folder / "generate.json", folder / "generate.log"
    good = record.read_text()
    for text in ("", "[]", '{"version": 1}', good.replace('"version": 1', '"version": 99')):
        record.write_text(text)
        assert ran(project, "generate") == ["generate"]
    log.write_text("nonsense")
    assert ran(project, "generate") == []
    assert project.run("run", "-o", "quiet", "generate").stdout == ""


def test_options_that_need_containers_run_the_task(project: Journey) -> None:
    """Who wants to keep containers, or a shell, gets them."""
    ran(project, "generate")

    kept = project.run("run", "--no-cleanup-after-success", "generate")
    assert "Nothing was removed" in kept.stdout + kept.stderr
    assert project.run("clean").exit_code == 0


@pytest.mark.parametrize(
    ("text", "reference", "line"),
    [
        ("inputs: []", "config.no-files-named", 4),
        ("inputs: ['!src']", "config.no-files-named", 4),
        ("outputs: [out]", "config.key-not-permitted", 4),
        ("inputs: [src, src]", "config.duplicate-item", 4),
        ("inputs: src", "config.expected-list", 4),
    ],
)
def test_mistakes_are_shown_in_the_config(journey: Journey, text: str, reference: str, line: int) -> None:
    """Each has its place."""
    journey.file(
        "taskrunner.yml",
        "containers: {app: {image: x}}\ntasks:\n  go:\n    " + text + "\n    run: {container: app}\n",
    )

    result = journey.run("list")
    assert result.exit_code == 2
    assert f"taskrunner.yml:{line}:" in result.stderr
    assert f"[{reference}]" in result.stderr


def test_a_run_of_which_all_is_skipped_loads_little(project: Journey) -> None:
    """Neither the machinery of runs nor what reads configs or hashes with OpenSSL is loaded for it."""
    ran(project, "generate")
    # A config is believed to be finished once it was left alone for two seconds.
    time.sleep(2.2)
    ran(project, "generate")

    loaded = loaded_modules("run", "generate", folder=str(project.folder), env=project.variables())
    assert "taskrunner.skipping.tasks" in loaded
    heavy = {"_hashlib", "docker", "typer", "yaml", "subprocess", "tempfile", "taskrunner.execution.run"}
    assert heavy & loaded == set()
