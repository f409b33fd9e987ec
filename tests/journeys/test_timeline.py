"""Where the time of a run went: a page in a real browser, a trace, and the runs before."""

import json
import re
import time

import pytest

from tests.support.browser import browsing
from tests.support.journey import Journey

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  database:
    image: taskrunner-test/busybox:1
    command: sh -c 'sleep 0.3; touch /tmp/up; exec sleep 600'
    health_check: {command: test -f /tmp/up, interval: 5s}
    setup_commands: [{command: sh -c 'sleep 0.2'}]
  cache:
    image: taskrunner-test/busybox:1
    command: sleep 600
  app:
    build_directory: app
    dependencies: [database, cache]
tasks:
  test: {run: {container: app, command: sh -c 'sleep 0.2; exit 3'}}
  quick: {run: {container: cache, command: "true"}}
"""

DOCKERFILE = """\
FROM taskrunner-test/busybox:1
RUN sleep 0.5
"""


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Write a project with a build, two dependencies and a set-up command."""
    return journey.file("taskrunner.yml", CONFIG).file(
        "app/Dockerfile", f"{DOCKERFILE}ENV STAMP={time.time_ns()}\n"
    )


def test_the_page_in_a_browser(project: Journey) -> None:
    """Keys and the pointer show what each bar was; nothing is wider than the window, at two widths."""
    result = project.run("run", "-o", "quiet", "--timeline", "timeline.html", "test")
    assert result.exit_code == 3
    address = (project.folder / "timeline.html").as_uri()

    with browsing() as browser:
        for width in (1280, 400):
            page = browser.new_page(viewport={"width": width, "height": 900})
            complaints: list[str] = []
            page.on("console", lambda message, told=complaints: told.append(message.text))
            page.on("pageerror", lambda error, told=complaints: told.append(str(error)))
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

            tip = page.locator("#tip")
            page.keyboard.press("Tab")
            assert page.locator(".bar:focus").count() == 1
            page.keyboard.press("End")
            assert "removing database" in tip.inner_text()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Home")
            assert "building app" in tip.inner_text()
            page.keyboard.press("Escape")
            assert tip.is_hidden()
            page.locator(".bar.run.solid").hover()
            assert "running sh -c 'sleep 0.2; exit 3' in app" in tip.inner_text()
            assert complaints == []
            page.close()


def test_a_trace(project: Journey) -> None:
    """A name that ends in .json gives a trace with every container and the chain that was waited for."""
    result = project.run("run", "-o", "quiet", "--timeline", "trace.json", "test")
    assert result.exit_code == 3

    events = json.loads((project.folder / "trace.json").read_text())["traceEvents"]
    steps = {event["cat"]: event for event in events if event["ph"] == "X"}
    expected = {"BuildImage", "BuildStep", "WaitForHealth", "SetupCommand", "RunContainer", "RemoveNetwork"}
    assert expected <= steps.keys()
    waited_for = {event["cat"] for event in events if event["ph"] == "X" and event["args"]["criticalPath"]}
    # Whether dependencies or the build took longer depends on the machine.
    assert {"StartContainer", "RunContainer", "RemoveNetwork"} <= waited_for
    assert "BuildStep" not in waited_for


def test_timings(project: Journey) -> None:
    """Runs are remembered with what they waited for, by the names of the config alone."""
    assert "No run of this project is remembered yet." in project.run("timings").stdout
    for _ in range(2):
        assert project.run("run", "-o", "quiet", "quick").exit_code == 0
    assert project.run("run", "-o", "quiet", "test").exit_code == 3

    lines = project.run("timings", "--no-color").stdout.splitlines()
    assert [re.split(r"\s{2,}", line)[1] for line in lines[1:4]] == ["quick", "quick", "test"]
    assert "is remembered, with nothing to compare" in lines[-1]
    one = json.loads(project.run("timings", "--json", "--limit", "1", "test").stdout)
    assert [run["exitCode"] for run in one["runs"]] == [3]
    (kept,) = project.home.rglob("timings.jsonl")
    assert "sleep" not in kept.read_text()
    assert project.folder not in kept.parents


def test_nothing_is_kept_where_nobody_wants_it(project: Journey) -> None:
    """One variable switches it off."""
    env = {"TASKRUNNER_TIMINGS": "false"}
    assert project.run("run", "-o", "quiet", "quick", env=env).exit_code == 0

    assert list(project.home.rglob("timings.jsonl")) == []
    assert "New runs are not remembered" in project.run("timings", env=env).stderr


@pytest.mark.parametrize(
    ("file", "reference"),
    [("timeline.txt", "cli.unknown-timeline-format"), ("no/folder/t.html", "cli.timeline-not-writable")],
)
def test_a_file_that_cannot_be(project: Journey, file: str, reference: str) -> None:
    """A mistake in the file's name is found before anything runs."""
    result = project.run("run", "--timeline", file, "quick")

    assert result.exit_code == 2
    assert reference in result.stderr
    assert "Running" not in result.stdout
