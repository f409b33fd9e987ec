"""What the containers of a task are about."""

import pytest

from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.output.board import Board
from taskrunner.output.row import Progress
from tests.unit.output import recordings as r


def board(*events: e.Event) -> Board:
    """Return the board of the recordings' task after these events, one a second."""
    made = Board(r.START)
    for at, event in enumerate(events):
        made.note(event, float(at))
    return made


def told(*events: e.Event) -> list[str]:
    """Return each container's mark and words after these events."""
    return [f"{row.name} {row.mark} {row.words}" for row in board(*events).rows]


def test_a_whole_run() -> None:
    """Each event of a run that says something about a container changes its row and no other."""
    made = Board(r.START)
    story: list[str] = []
    before = [f"{row.name} {row.mark} {row.words}" for row in made.rows]
    for record in r.SUCCESS[: r.SUCCESS.index(r.CLEANED[0])]:
        if not isinstance(record, r.Output):
            made.note(record, 0.0)
        now = [f"{row.name} {row.mark} {row.words}" for row in made.rows]
        story += [new for old, new in zip(before, now, strict=True) if old != new]
        before = now

    assert story == [
        "database busy pulling postgres:16",
        "database waiting image is there",
        "app busy building",
        "app busy building 1/2 FROM alpine",
        "app waiting image is built",
        "database waiting ready to start",
        "app waiting waiting for database",
        "database busy starting",
        "database busy started",
        "database busy waiting for health",
        "database busy healthy",
        "database busy set-up 1/2 ./migrate.sh",
        "database busy set-up 2/2 ./seed.sh",
        "database done ready",
        "app waiting ready to start",
        "app busy running ./test.sh --all",
        "app done ended with exit code 0",
    ]


def test_a_shared_image_is_shown_for_each_of_its_containers() -> None:
    """All containers that wait for an image show how far it is."""
    made = Board(r.START_SHARED)
    made.note(e.ImagePullStarted("alpine"), 1.0)
    made.note(e.ImagePullProgress("alpine", "extracting", 5, 10), 2.0)

    assert [(row.words, row.progress, row.since) for row in made.rows] == [
        ("extracting alpine", Progress(5, 10, in_bytes=True), 1.0)
    ] * 2


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (e.ImagePullFailed("postgres:16", "gone"), "database failed could not pull postgres:16"),
        (e.ImageBuildFailed("app", "no", ""), "app failed could not be built"),
        (e.ContainerCreateFailed("app", "no"), "app failed could not be created"),
        (e.ContainerStartFailed("app", "no", 127), "app failed could not be started"),
        (e.ContainerUnhealthy("database", "no", "", ""), "database failed did not become healthy"),
        (e.SetupCommandFailed("database", "./x", 1, ""), "database failed set-up failed: ./x"),
        (e.ContainerExited("database", 3), "database failed ended with exit code 3"),
        (e.StepStarted(steps.CreateContainer("app"), 1), "app busy creating"),
    ],
)
def test_what_goes_wrong_marks_its_container(event: e.Event, expected: str) -> None:
    """A failure shows at the container that it belongs to."""
    assert expected in told(event)


@pytest.mark.parametrize(
    ("code", "output", "said"),
    [
        (1, "one\nconnection refused\r\n", "connection refused"),
        (4, "", "the last check ended with exit code 4"),
        (None, "", "the last check took too long"),
    ],
)
def test_the_last_probe(code: int | None, output: str, said: str) -> None:
    """A row says what the last probe said, and how long the wait may still take."""
    probed = e.HealthProbed("database", code, output, 20.0)
    row = board(e.HealthCheckStarted("database", 30.0), probed).rows[0]

    assert (row.detail, row.gives_up) == (said, 21.0)


def test_names_and_commands_cannot_control_the_terminal() -> None:
    """Control characters from a config are shown, not obeyed."""
    made = Board(e.TaskStarted("t", "a\x1b[2J", ("a\x1b[2J",), ("",), last=True))
    made.note(e.ImageBuildProgress("a\x1b[2J", 1, 1, "RUN \x07"), 0.0)

    (row,) = made.rows
    assert (row.name, row.words) == ("a\\x1b[2J", "building 1/1 RUN \\x07")
