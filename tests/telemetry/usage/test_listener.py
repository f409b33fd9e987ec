"""A run's events become spans with their times, and failures by their kind."""

import json
from typing import Any

import pytest

from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.plan.model import BuiltImage, PulledImage
from taskrunner.usage_catalog import CATALOG
from taskrunner.usage_listener import SpanListener
from telemetry.clock import Clock
from telemetry.record import faults
from telemetry.session import Session

CANARY = "Canary7c31"
START = 1_770_000_000.0


def record(*happened: tuple[float, e.Event]) -> dict[str, Any]:
    """Return the record of a run in which these events happened, at seconds from its start."""
    session = Session(
        CATALOG,
        application_version="1.2.3",
        user_id="11111111-1111-4111-8111-111111111111",
        session_id="22222222-2222-4222-8222-222222222222",
        clock=Clock(lambda: START, lambda: 100.0),
    )
    listener = SpanListener(session)
    for at, event in happened:
        listener.on_event(event, 100.0 + at)
        listener.on_output(CANARY, "stdout", CANARY.encode())
    data = session.to_bytes()
    assert CANARY.encode() not in data
    decoded: dict[str, Any] = json.loads(data)
    assert () == faults(CATALOG, decoded)
    return decoded


def spans(*happened: tuple[float, e.Event]) -> list[tuple[str, float, float, dict[str, Any]]]:
    """Return the spans of such a run: kind, start and end in seconds from its start, attributes."""

    def seconds(time: str) -> float:
        return float(time.partition("T")[2].removesuffix("Z").rpartition(":")[2])

    return [
        (span["type"], seconds(span["startTime"]), seconds(span["endTime"]), span["attributes"])
        for span in record(*happened)["spans"]
    ]


def task(**changes: Any) -> e.TaskStarted:
    """Return the start of a task with two containers."""
    given = {
        "task": CANARY,
        "main": CANARY,
        "containers": (CANARY, "b"),
        "images": ("", CANARY),
        "last": True,
    }
    return e.TaskStarted(**{**given, **changes})


PULL = steps.PullImage(PulledImage(CANARY, always=False))
BUILD = steps.BuildImage(
    BuiltImage(CANARY, CANARY, CANARY, {CANARY: CANARY}, None, pull=False, tags=(), after=-1)
)


@pytest.mark.parametrize(
    "step",
    [
        PULL,
        BUILD,
        steps.CreateNetwork(),
        steps.CreateContainer(CANARY),
        steps.WaitForHealth(CANARY),
        steps.StopContainer(CANARY),
        steps.RemoveContainer(CANARY),
        steps.RemoveNetwork(),
    ],
)
@pytest.mark.parametrize("failed", [False, True])
def test_steps_are_spans(step: steps.Step, failed: bool) -> None:
    """A step is told by its kind and times, and whether it failed; not by what it worked on."""
    found = spans((1, e.StepStarted(step, 4)), (2.5, e.StepFinished(step, 4, failed)))

    assert [(type(step).__name__, 1.0, 2.5, {"failed": failed})] == found


def test_steps_of_a_kind_are_told_apart() -> None:
    """Two steps of a kind that overlap keep their own times."""
    found = spans(
        (1, e.StepStarted(PULL, 1)),
        (2, e.StepStarted(PULL, 2)),
        (3, e.StepFinished(PULL, 1, failed=False)),
        (5, e.StepFinished(PULL, 2, failed=False)),
    )

    assert [(1.0, 3.0), (2.0, 5.0)] == [span[1:3] for span in found]


@pytest.mark.parametrize(
    ("end", "failed"),
    [
        (e.TaskFinished(CANARY, 0, 1.0), False),
        (e.TaskFinished(CANARY, 3, 1.0), True),
        (e.TaskFailed(CANARY, 125), True),
    ],
)
def test_tasks_are_spans(end: e.Event, failed: bool) -> None:
    """A task is told with its number of containers and whether it failed."""
    expected = {"containers": "2", "prerequisitesOnly": False, "failed": failed}

    assert [("RunTask", 0.0, 9.0, expected)] == spans((0, task()), (9, end))


def test_a_task_of_prerequisites() -> None:
    """A task that only gathers others is told as such."""
    found = spans((0, task(main=None, containers=(), images=())), (1, e.TaskFinished(CANARY, 0, 1.0)))

    assert {"containers": "0", "prerequisitesOnly": True, "failed": False} == found[0][3]


def test_containers_are_started_and_run() -> None:
    """Starting a container and its running are two spans, although they are one step."""
    run = steps.RunContainer(CANARY)
    found = spans(
        (0, e.StepStarted(run, 1)),
        (1, e.ContainerStarting(CANARY, CANARY)),
        (2, e.ContainerStarted(CANARY)),
        (7, e.ContainerExited(CANARY, 1)),
        (8, e.StepFinished(run, 1, failed=False)),
    )

    assert [
        ("StartContainer", 1.0, 2.0, {"failed": False}),
        ("RunContainer", 2.0, 7.0, {"failed": True}),
    ] == found


def test_dependencies_end_with_clean_up() -> None:
    """A dependency runs until clean-up stops it, which is no failure of its own."""
    found = spans(
        (0, e.ContainerStarting(CANARY, None)),
        (1, e.ContainerStarted(CANARY)),
        (5, e.ContainerStopped(CANARY)),
        (6, e.ContainerExited(CANARY, 137)),
    )

    assert ("RunContainer", 1.0, 5.0, {"failed": False}) == found[1]
    assert 2 == len(found)


def test_set_up_commands_are_spans() -> None:
    """Each set-up command has a span of its own, also the one that fails."""
    found = spans(
        (0, e.SetupCommandStarted(CANARY, CANARY, 1, 2)),
        (1, e.SetupCommandFinished(CANARY, CANARY, 1, 2)),
        (1, e.SetupCommandStarted(CANARY, CANARY, 2, 2)),
        (3, e.SetupCommandFailed(CANARY, CANARY, 1, CANARY)),
    )

    assert [
        ("SetupCommand", 0.0, 1.0, {"failed": False}),
        ("SetupCommand", 1.0, 3.0, {"failed": True}),
    ] == found


@pytest.mark.parametrize(
    "failure",
    [
        e.ImagePullFailed(CANARY, CANARY),
        e.ImageBuildFailed(CANARY, CANARY, CANARY),
        e.NetworkFailed(CANARY, CANARY),
        e.ContainerCreateFailed(CANARY, CANARY),
        e.ContainerStartFailed(CANARY, CANARY, 127),
        e.ContainerUnhealthy(CANARY, CANARY, CANARY, CANARY),
        e.SetupCommandFailed(CANARY, CANARY, 1, CANARY),
        e.StepCrashed(PULL, CANARY, CANARY),
        e.Interrupted("SIGINT", 1),
        e.CleanupFailed(CANARY, CANARY),
    ],
)
def test_failures_are_told_by_their_kind(failure: e.Event) -> None:
    """A failure in the middle of a run is an event with its kind, and nothing that it says."""
    found = record((0, e.ContainerStarting(CANARY, CANARY)), (1, failure))

    assert [{"failure": type(failure).__name__}] == [event["attributes"] for event in found["events"]]


def test_what_has_no_start_has_no_span() -> None:
    """An end without a start, as after a fault, is passed over."""
    assert [] == spans((1, e.StepFinished(PULL, 1, failed=True)), (2, e.ContainerExited(CANARY, 0)))
