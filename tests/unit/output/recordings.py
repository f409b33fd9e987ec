"""Runs as listeners see them: events and output in the order in which the runner tells them."""

from typing import NamedTuple, TypeAlias

from taskrunner.execution import events as e
from taskrunner.execution import steps
from taskrunner.plan.model import PulledImage


class Output(NamedTuple):
    """A chunk that a container printed."""

    container: str
    stream: e.Stream
    data: bytes


Record: TypeAlias = e.Event | Output

PULL_POSTGRES = steps.PullImage(PulledImage("postgres:16", always=False))

START = e.TaskStarted(
    "test", "app", ("database", "app"), ("postgres:16", ""), last=True, dependencies=((), ("database",))
)
START_SHARED = e.TaskStarted("test", "b", ("a", "b"), ("alpine", "alpine"), last=True)
"""Two containers of one image."""

START_ONE = e.TaskStarted("test", "app", ("app",), ("alpine",), last=True)

CREATED: tuple[Record, ...] = (
    e.NetworkCreated("6f0e", "shop-network-ab12cd"),
    e.ContainerCreated("database", "d1", "shop-database-ab12cd"),
    e.ContainerCreated("app", "a1", "shop-app-ab12cd"),
)
DATABASE_RUNS: tuple[Record, ...] = (
    e.ContainerStarting("database", None),
    e.ContainerStarted("database"),
)
DATABASE_READY: tuple[Record, ...] = (
    *DATABASE_RUNS,
    e.HealthCheckStarted("database", 30.0),
    e.HealthProbed("database", 0, "accepting connections\n", 30.0),
    e.ContainerHealthy("database", checked=True),
    e.SetupCommandStarted("database", "./migrate.sh", 1, 2),
    e.SetupCommandOutput("database", 1, "3 tab"),
    e.SetupCommandOutput("database", 1, "les\n"),
    e.SetupCommandFinished("database", "./migrate.sh", 1, 2),
    e.SetupCommandStarted("database", "./seed.sh", 2, 2),
    e.SetupCommandFinished("database", "./seed.sh", 2, 2),
    e.ContainerReady("database"),
)
APP_RUNS: tuple[Record, ...] = (
    e.ContainerStarting("app", "./test.sh --all"),
    e.ContainerStarted("app"),
    e.ContainerHealthy("app", checked=False),
    e.ContainerReady("app"),
)
CLEANED: tuple[Record, ...] = (
    e.CleanupStarted(("database", "app")),
    e.ContainerRemoved("app"),
    e.ContainerStopped("database"),
    e.ContainerRemoved("database"),
    e.NetworkRemoved(),
    e.CleanupFinished(),
)
FAILED = e.TaskFailed("test", 125)

SUCCESS: tuple[Record, ...] = (
    e.RunStarted("run-1", "shop", ("test",)),
    START,
    e.StepStarted(PULL_POSTGRES, 1),
    e.ImagePullStarted("postgres:16"),
    e.ImagePullProgress("postgres:16", "downloading", 10, 100),
    e.ImagePulled("postgres:16", "sha256:1", pulled=True),
    e.StepFinished(PULL_POSTGRES, 1, failed=False),
    e.ImageBuildStarted("app"),
    e.ImageBuildProgress("app", 1, 2, "FROM alpine"),
    e.ImageBuildOutput("app", "Step 1/2 : FROM alp"),
    e.ImageBuildOutput("app", "ine\nStep 2/2 : RUN true\n"),
    e.ImageBuilt("app", "sha256:2"),
    *CREATED,
    *DATABASE_READY,
    *APP_RUNS,
    Output("app", "stdout", b"1 passed"),
    Output("app", "stderr", b"a warning\n"),
    e.ContainerExited("app", 0),
    *CLEANED,
    e.TaskFinished("test", 0, 1.24),
    e.RunFinished(0, 1.3),
)

BUILD_FAILURE: tuple[Record, ...] = (
    START,
    e.ImagePulled("postgres:16", "sha256:1", pulled=False),
    e.ImageBuildStarted("app"),
    e.ImageBuildOutput("app", "Step 1/1 : RUN make\nmake: *** No rule\n"),
    e.NetworkCreated("6f0e", "shop-network-ab12cd"),
    e.ContainerCreated("database", "d1", "shop-database-ab12cd"),
    e.ImageBuildFailed(
        "app",
        "The command '/bin/sh -c make' ended with exit code 2",
        "Step 1/1 : RUN make\n\x1b[31mmake: *** No rule\x1b[0m\n",
    ),
    e.CleanupStarted(("database",)),
    e.ContainerRemoved("database"),
    e.NetworkRemoved(),
    e.CleanupFinished(),
    FAILED,
)

UNHEALTHY: tuple[Record, ...] = (
    START,
    *CREATED,
    *DATABASE_RUNS,
    e.HealthCheckStarted("database", 30.0),
    e.HealthProbed("database", 1, "no response\n", 29.5),
    e.ContainerUnhealthy(
        "database",
        "The health check failed 3 times in a row.",
        "no response\r\n",
        "starting\nFATAL: no password given\n",
    ),
    *CLEANED,
    FAILED,
)

SETUP_FAILURE: tuple[Record, ...] = (
    START,
    *CREATED,
    *DATABASE_RUNS,
    e.ContainerHealthy("database", checked=True),
    e.SetupCommandStarted("database", "./migrate.sh", 1, 1),
    e.SetupCommandFailed("database", "./migrate.sh", 3, "no such table\n"),
    *CLEANED,
    FAILED,
)

INTERRUPTED: tuple[Record, ...] = (
    START,
    *CREATED,
    *DATABASE_READY,
    *APP_RUNS,
    Output("app", "stdout", b"half a li"),
    e.Interrupted("SIGINT", 1),
    e.Interrupted("SIGINT", 2),
    *CLEANED,
    e.TaskFailed("test", 130),
)

KEPT: tuple[Record, ...] = (
    START,
    *CREATED,
    *DATABASE_RUNS,
    e.SetupCommandFailed("database", "./migrate.sh", None, "exec failed: no such file\n"),
    e.ResourcesKept(
        wanted=True,
        option="--no-cleanup-after-failure",
        containers=(("app", "shop-app-ab12cd"), ("database", "shop-database-ab12cd")),
        commands=(
            "docker rm --force --volumes shop-app-ab12cd shop-database-ab12cd",
            "docker network rm 6f0e",
        ),
    ),
    FAILED,
)

CLEANUP_FAILED: tuple[Record, ...] = (
    START,
    *CREATED,
    *DATABASE_READY,
    *APP_RUNS,
    Output("app", "stdout", b"done\n"),
    e.ContainerExited("app", 0),
    e.CleanupStarted(("database", "app")),
    e.ContainerRemoved("app"),
    e.CleanupFailed("database", "device or resource busy"),
    e.CleanupFailed(None, "network has active endpoints"),
    e.ResourcesKept(
        wanted=False,
        option="",
        containers=(("database", "shop-database-ab12cd"),),
        commands=("docker rm --force --volumes shop-database-ab12cd", "docker network rm 6f0e"),
    ),
    FAILED,
)

PREREQUISITES_ONLY: tuple[Record, ...] = (
    e.TaskStarted("all", None, (), (), last=True),
    e.TaskFinished("all", 0, 0.0),
)

TWO_TASKS: tuple[Record, ...] = (
    e.TaskStarted("build", "app", ("app",), ("alpine:3",), last=False),
    e.ImagePulled("alpine:3", "sha256:3", pulled=False),
    e.ContainerCreated("app", "a1", "shop-app-ab12cd"),
    e.ContainerStarting("app", None),
    e.ContainerStarted("app"),
    Output("app", "stdout", b"built\n"),
    e.ContainerExited("app", 0),
    e.CleanupStarted(("app",)),
    e.ContainerRemoved("app"),
    e.CleanupFinished(),
    e.TaskFinished("build", 0, 65.0),
    e.TaskStarted("lint", "tool", ("tool",), ("alpine:3",), last=True),
    e.ImagePulled("alpine:3", "sha256:3", pulled=False),
    e.ContainerCreated("tool", "t1", "shop-tool-ef34gh"),
    e.ContainerStarting("tool", "lint"),
    e.ContainerStarted("tool"),
    Output("tool", "stdout", b"1 fault\n"),
    e.ContainerExited("tool", 4),
    e.CleanupStarted(("tool",)),
    e.ContainerRemoved("tool"),
    e.CleanupFinished(),
    e.TaskFinished("lint", 4, 0.31),
)
