"""Runs to make timelines of."""

from collections.abc import Iterable

from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.execution.recording import Recording
from taskrunner.plan.model import BuiltImage, PulledImage
from taskrunner.timeline.model import Timeline, timeline_of

START = e.TaskStarted(
    "test",
    "app",
    ("cache", "db", "app"),
    ("busybox:1", "busybox:1", ""),
    last=True,
    dependencies=((), (), ("cache", "db")),
)
PULL = steps.PullImage(PulledImage("busybox:1", always=False))
BUILD = steps.BuildImage(BuiltImage("app", "/p", "Dockerfile", {}, None, False, (), -1))


def step(kind: steps.Step, number: int, begin: float, end: float) -> Iterable[tuple[e.Event, float]]:
    """Give a step's beginning and end."""
    yield e.StepStarted(kind, number), begin
    yield e.StepFinished(kind, number, failed=False), end


def started(name: str, begin: float, end: float, command: str = "serve") -> Iterable[tuple[e.Event, float]]:
    """Give a container's start."""
    yield e.ContainerStarting(name, command), begin
    yield e.ContainerStarted(name), end


def recorded(events: Iterable[tuple[e.Event, float]]) -> Recording:
    """Return a recording of events in the order of their times."""
    recording = Recording()
    for event, at in sorted(events, key=lambda timed: timed[1]):
        recording.on_event(event, at)
    return recording


def whole_run(*, exit_code: int = 0, origin: float = 100.0) -> Recording:
    """Return a run with a pull, a build, two dependencies and a set-up command, which took ten seconds.

    It waited for: the network, db's start, health and set-up, app's start and command, clean-up.
    """
    events: list[tuple[e.Event, float]] = [
        (e.RunStarted("run-1", "shop", ("test",)), 0.0),
        (START, 0.0),
        *step(PULL, 1, 0.0, 0.2),
        *step(BUILD, 2, 0.0, 3.0),
        (e.ImageBuildProgress("app", 1, 2, "FROM busybox"), 0.1),
        (e.ImageBuildProgress("app", 2, 2, "RUN make | tee log"), 1.0),
        *step(steps.CreateNetwork(), 3, 0.0, 0.5),
        *step(steps.CreateContainer("cache"), 4, 0.5, 0.6),
        *step(steps.CreateContainer("db"), 5, 0.5, 0.7),
        *started("cache", 0.6, 1.0),
        *started("db", 0.7, 1.2),
        *step(steps.WaitForHealth("db"), 6, 1.2, 4.0),
        (e.SetupCommandStarted("db", "./migrate.sh", 1, 1), 4.0),
        (e.SetupCommandFinished("db", "./migrate.sh", 1, 1), 5.0),
        *step(steps.CreateContainer("app"), 7, 3.0, 3.1),
        *started("app", 5.0, 5.4, "./test.sh <all> & more"),
        (e.ContainerExited("app", exit_code), 9.0),
        (e.CleanupStarted(("cache", "db", "app")), 9.0),
        *step(steps.RemoveContainer("app"), 8, 9.0, 9.1),
        *step(steps.RemoveContainer("db"), 9, 9.0, 9.4),
        *step(steps.RemoveContainer("cache"), 10, 9.0, 9.2),
        (e.ContainerExited("db", 137), 9.3),
        *step(steps.RemoveNetwork(), 11, 9.5, 9.9),
        (e.TaskFinished("test", exit_code, 10.0), 10.0),
        (e.RunFinished(exit_code, 10.0), 10.0),
    ]
    return recorded((event, origin + at) for event, at in events)


def timeline(recording: Recording | None = None) -> Timeline:
    """Return a run's timeline."""
    made = timeline_of(recording or whole_run())
    assert made is not None
    return made
