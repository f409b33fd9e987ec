"""A run as rows of bars."""

import pytest

from taskrunner.execution import events as e
from taskrunner.execution.recording import Recording
from taskrunner.output.slowest import described
from taskrunner.timeline.model import timeline_of
from tests.unit.timeline.runs import recorded, started, timeline, whole_run


def test_rows() -> None:
    """Each container has its row, dependencies first, and the network has one behind them."""
    (task,) = timeline().tasks

    assert [row.name for row in task.rows] == ["cache", "db", "app", "network"]
    kinds = {row.name: [bar.span.kind for bar in row.bars] for row in task.rows}
    assert kinds["db"] == [
        "PullImage",
        "CreateContainer",
        "StartContainer",
        "WaitForHealth",
        "RunContainer",
        "SetupCommand",
        "RemoveContainer",
    ]
    assert kinds["network"] == ["CreateNetwork", "RemoveNetwork"]
    assert kinds["cache"][0] == "PullImage"


def test_times_count_from_the_start_of_the_run() -> None:
    """Whatever the clock says, a run begins at zero."""
    made = timeline(whole_run(origin=5000.0))

    assert made.seconds == 10.0
    assert made.tasks[0].start == 0.0
    assert made.tasks[0].rows[2].bars[0].end == 3.0


def test_what_the_run_waited_for() -> None:
    """The chain goes from the end back to the beginning: each step ended as the next could begin."""
    (task,) = timeline().tasks

    assert [described(bar.span) for bar in task.waited_for] == [
        "creating the network",
        "creating db",
        "starting db",
        "waiting for db to become healthy",
        "set-up command ./migrate.sh in db",
        "starting app",
        "running ./test.sh <all> & more in app",
        "removing db",
        "removing the network",
    ]


def test_a_slow_build_is_waited_for() -> None:
    """Where the build ends after everything else, the chain leads through it."""
    recording = whole_run()
    recording.events = [
        (event, at + 3.0 if at >= 103.0 and "app" in str(event) and at < 109.0 else at)
        for event, at in recording.events
    ]
    recording.events.sort(key=lambda timed: timed[1])
    (task,) = timeline(recording).tasks

    assert "building app" in [described(bar.span) for bar in task.waited_for]


def test_a_dependency_that_runs_to_its_end() -> None:
    """What has to be done before the task's command may start is waited for as a whole."""
    events = [
        (e.RunStarted("r", "p", ("t",)), 0.0),
        (e.TaskStarted("t", "a", ("i", "a"), ("x", "x"), last=True, dependencies=((), ("i",))), 0.0),
        *started("i", 0.0, 0.5, "prepare"),
        (e.ContainerExited("i", 0), 3.0),
        *started("a", 3.0, 3.5, "work"),
        (e.ContainerExited("a", 0), 5.0),
        (e.TaskFinished("t", 0, 5.0), 5.0),
        (e.RunFinished(0, 5.0), 5.0),
    ]
    (task,) = timeline(recorded(events)).tasks

    assert [described(bar.span) for bar in task.waited_for] == [
        "starting i",
        "running prepare in i",
        "starting a",
        "running work in a",
    ]


def test_a_container_that_clean_up_ends_has_not_failed() -> None:
    """A dependency that is killed at the end did what it was there for; the command's own failure counts."""
    (task,) = timeline(whole_run(exit_code=3)).tasks

    failed = [(row.name, bar.span.kind) for row in task.rows for bar in row.bars if bar.span.failed]
    assert failed == [("app", "RunContainer")]
    assert task.exit_code == 3


def test_a_task_that_failed_has_no_exit_code() -> None:
    """What something else than a command ended is told apart."""
    events = [
        (e.RunStarted("r", "p", ("t",)), 0.0),
        (e.TaskStarted("t", "a", ("a",), ("i",), last=True), 0.0),
        (e.ImagePullFailed("i", "no"), 1.0),
        (e.TaskFailed("t", 125), 1.0),
        (e.RunFinished(125, 1.0), 1.0),
    ]
    made = timeline(recorded(events))

    assert (made.exit_code, made.tasks[0].exit_code, made.tasks[0].waited_for) == (125, None, ())


@pytest.mark.parametrize("events", [[], [(e.RunFinished(0, 1.0), 1.0)]])
def test_no_run(events: list[tuple[e.Event, float]]) -> None:
    """A run that never began has no timeline."""
    recording = Recording()
    recording.events = events

    assert timeline_of(recording) is None
