"""What happened in a run: frozen values that every listener receives in the order they happened.

A container is named by its name in the config, an image by its reference or, where it is built,
by the name of its container. The `json` output style writes these classes' names and fields, so a
change here is a change of a documented format (docs/reference/json-output.md).
"""

from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

from taskrunner.execution.steps import Step
from taskrunner.records import NamedTuple

Stream: TypeAlias = Literal["stdout", "stderr"]


class RunStarted(NamedTuple):
    """The plan stands; the first task is about to start."""

    run: str
    project: str
    tasks: tuple[str, ...]


class RunFinished(NamedTuple):
    """Nothing of the run is under way any more."""

    exit_code: int
    seconds: float


class TaskStarted(NamedTuple):
    """A task begins. `main` is None for a task of prerequisites only."""

    task: str
    main: str | None
    containers: tuple[str, ...]
    """Dependencies before dependants, the main container last."""
    images: tuple[str, ...]
    """The image reference of each container, or "" for one that is built; same order."""
    last: bool
    """Whether it is the task that the person named."""
    dependencies: tuple[tuple[str, ...], ...] = ()
    """What each container waits for until it starts; same order."""


class TaskSkipped(NamedTuple):
    """A task is not run: all that decides what comes of it is as it was when it last succeeded.

    What its containers printed then follows as their output.
    """

    task: str
    main: str
    last: bool
    """Whether it is the task that the person named."""
    seconds: float
    """How long it took when it ran."""


class TaskDue(NamedTuple):
    """A task is about to run, and why it cannot be skipped."""

    task: str
    reasons: tuple[str, ...]


class TaskFinished(NamedTuple):
    """The task's main container ended and everything was cleaned up, or kept as asked."""

    task: str
    exit_code: int
    seconds: float


class TaskFailed(NamedTuple):
    """Something other than the main container's exit code ended the task; the cause came before."""

    task: str
    exit_code: int


class StepStarted(NamedTuple):
    """A step is under way; `number` tells its end from that of others of the same kind."""

    step: Step
    number: int


class StepFinished(NamedTuple):
    """A step ended, well or not."""

    step: Step
    number: int
    failed: bool


class ImagePullStarted(NamedTuple):
    """The engine does not have the image, or must not trust what it has."""

    image: str


class ImagePullProgress(NamedTuple):
    """How far a pull is; `total` is 0 where the registry has not said. Bytes of all layers."""

    image: str
    operation: str
    """`downloading`, `verifying checksum`, `extracting`, `pull complete` or `waiting to try again`."""
    done: int
    total: int


class ImagePulled(NamedTuple):
    """The engine has the image; `pulled` is False where it had it before."""

    image: str
    image_id: str
    pulled: bool


class ImagePullFailed(NamedTuple):
    """The image cannot be had."""

    image: str
    message: str


class ImageBuildStarted(NamedTuple):
    """The build of a container's image begins."""

    container: str
    builder: str = "classic"
    """`buildkit` or `classic`."""


class ImageBuildProgress(NamedTuple):
    """A build reached a step. With BuildKit, stages are built side by side, and each counts its own steps."""

    container: str
    step: int
    total: int
    instruction: str
    stage: str = ""
    """The stage's name, or `stage-N`; "" where there is only one."""


class ImageBuildDownload(NamedTuple):
    """How far a build's base images are: bytes of all layers; `total` is 0 where nobody has said."""

    container: str
    done: int
    total: int


class ImageBuildOutput(NamedTuple):
    """Text that a build printed; not always a whole line."""

    container: str
    text: str


class ImageBuilt(NamedTuple):
    """The engine has a container's image; `fresh` is False where this task did not build it."""

    container: str
    image_id: str
    fresh: bool = True
    current: bool = False
    """Whether the run found it built already, from just what it would be built from now."""


class ImageBuildFailed(NamedTuple):
    """A container's image cannot be built; `output` is everything that the build printed."""

    container: str
    message: str
    output: str


class NetworkCreated(NamedTuple):
    """The task's own network exists."""

    network_id: str
    name: str


class NetworkFound(NamedTuple):
    """The network that the person named exists; it is never removed."""

    network_id: str
    name: str


class NetworkFailed(NamedTuple):
    """There is no network for the task; `name` is the one that the person named, if any."""

    name: str | None
    message: str


class ContainerCreated(NamedTuple):
    """A container exists. `name` is its name on the engine."""

    container: str
    container_id: str
    name: str


class ContainerCreateFailed(NamedTuple):
    """The engine refuses to create a container."""

    container: str
    message: str


class ContainerStarting(NamedTuple):
    """A container is about to start; `command` as written, None for the image's own."""

    container: str
    command: str | None


class ContainerStarted(NamedTuple):
    """A container runs."""

    container: str


class ContainerStartFailed(NamedTuple):
    """A container cannot start. `exit_code` is 126 or 127 where its command is to blame, else 125."""

    container: str
    message: str
    exit_code: int


class ContainerExited(NamedTuple):
    """A container's process ended, and all of its output was delivered."""

    container: str
    exit_code: int


class HealthCheckStarted(NamedTuple):
    """A container is probed until it is healthy."""

    container: str
    seconds_left: float
    """After which it counts as unhealthy, if every probe fails at once."""


class HealthProbed(NamedTuple):
    """A health check ran. `exit_code` is None where it took longer than its timeout."""

    container: str
    exit_code: int | None
    output: str
    seconds_left: float
    """After which the container counts as unhealthy, if every further probe fails at once."""


class ContainerHealthy(NamedTuple):
    """A health check succeeded; `checked` is False for a container that has none."""

    container: str
    checked: bool


class ContainerUnhealthy(NamedTuple):
    """A container exited too early or used up its health check's retries."""

    container: str
    message: str
    probe_output: str
    """What the last probe printed."""
    log: str
    """The last lines that the container printed."""


class ContainerNotCompleted(NamedTuple):
    """A container that has to end with exit code 0 before others start, ended with another one."""

    container: str
    exit_code: int
    log: str
    """The last lines that the container printed."""


class SetupCommandStarted(NamedTuple):
    """A set-up command begins; `number` counts from 1."""

    container: str
    command: str
    number: int
    total: int


class SetupCommandOutput(NamedTuple):
    """Text that a set-up command printed; not always a whole line. Only where a listener wants it."""

    container: str
    number: int
    text: str


class SetupCommandFinished(NamedTuple):
    """A set-up command succeeded."""

    container: str
    command: str
    number: int
    total: int


class SetupCommandFailed(NamedTuple):
    """A set-up command ended with another exit code than 0, or (None) could not run at all."""

    container: str
    command: str
    exit_code: int | None
    output: str


class ContainerReady(NamedTuple):
    """A container is healthy and set up: its dependants may start."""

    container: str


class Interrupted(NamedTuple):
    """A signal asks the run to end; `times` is 1 for the first."""

    signal: str
    """`SIGINT`, `SIGTERM`, `SIGHUP`, or `SIGPIPE` where nobody reads the output any more."""
    times: int


class StepCrashed(NamedTuple):
    """A fault of our own in a step; `report` is the path of the crash report."""

    step: Step
    message: str
    report: str | None


class ShellOpened(NamedTuple):
    """A shell opens in a copy of the container in which the task failed."""

    container: str
    exit_code: int | None
    """With which the task's command ended; None where something else failed."""


class ShellFailed(NamedTuple):
    """No shell could be opened there."""

    container: str
    message: str


class ShellClosed(NamedTuple):
    """The person left the shell."""

    container: str


class CleanupStarted(NamedTuple):
    """The task's containers and its network are about to go."""

    containers: tuple[str, ...]


class ContainerStopped(NamedTuple):
    """A container no longer runs."""

    container: str


class ContainerRemoved(NamedTuple):
    """A container is gone."""

    container: str


class NetworkRemoved(NamedTuple):
    """The task's network is gone."""


class CleanupFailed(NamedTuple):
    """A container or the network (None) could not be stopped or removed."""

    container: str | None
    message: str


class CleanupFinished(NamedTuple):
    """Nothing more to clean."""


class ResourcesKept(NamedTuple):
    """Containers stay as the person asked (`wanted`) or because clean-up failed."""

    wanted: bool
    option: str
    """The option that asked for it, such as `--no-cleanup-after-failure`; "" where none did."""
    containers: tuple[tuple[str, str], ...]
    """Name in the config and name on the engine, for each that was created."""
    commands: tuple[str, ...]
    """Commands that remove what stays."""


class WatchWaiting(NamedTuple):
    """A watched run waits for files to change; dependencies of its task stay."""

    task: str
    files: int
    """How many it watches."""


class WatchTriggered(NamedTuple):
    """Files changed: a watched run begins again."""

    task: str
    names: tuple[str, ...]
    """The first few of them."""
    total: int


class ConfigRefused(NamedTuple):
    """The config of a watched run was changed, and cannot be used: the run waits until it can."""

    task: str
    message: str
    """What is wrong and where, in lines for a person."""


class ProxiesOutOfReach(NamedTuple):
    """Containers and builds get proxies on this machine's localhost, which they cannot reach."""

    variables: tuple[str, ...]
    """Those that name such a proxy."""
    reason: str


class LeftoversRemoved(NamedTuple):
    """What runs that were killed had left on the engine is gone."""

    containers: int
    networks: int


ImageEvent: TypeAlias = (
    ImagePullStarted
    | ImagePullProgress
    | ImagePulled
    | ImagePullFailed
    | ImageBuildStarted
    | ImageBuildProgress
    | ImageBuildDownload
    | ImageBuildOutput
    | ImageBuilt
    | ImageBuildFailed
)

Failure: TypeAlias = (
    ImagePullFailed
    | ImageBuildFailed
    | NetworkFailed
    | ContainerCreateFailed
    | ContainerStartFailed
    | ContainerUnhealthy
    | ContainerNotCompleted
    | SetupCommandFailed
    | StepCrashed
    | Interrupted
)

Event: TypeAlias = (
    RunStarted
    | RunFinished
    | TaskStarted
    | TaskSkipped
    | TaskDue
    | TaskFinished
    | TaskFailed
    | StepStarted
    | StepFinished
    | ImageEvent
    | NetworkCreated
    | NetworkFound
    | ContainerCreated
    | ContainerStarting
    | ContainerStarted
    | ContainerExited
    | HealthCheckStarted
    | HealthProbed
    | ContainerHealthy
    | SetupCommandStarted
    | SetupCommandOutput
    | SetupCommandFinished
    | ContainerReady
    | ShellOpened
    | ShellFailed
    | ShellClosed
    | CleanupStarted
    | ContainerStopped
    | ContainerRemoved
    | NetworkRemoved
    | CleanupFailed
    | CleanupFinished
    | ResourcesKept
    | LeftoversRemoved
    | ProxiesOutOfReach
    | WatchWaiting
    | WatchTriggered
    | ConfigRefused
    | Failure
)

FAILURES = (
    ImagePullFailed,
    ImageBuildFailed,
    NetworkFailed,
    ContainerCreateFailed,
    ContainerStartFailed,
    ContainerUnhealthy,
    ContainerNotCompleted,
    SetupCommandFailed,
    StepCrashed,
    Interrupted,
)


class Listener(Protocol):
    """Whatever watches a run. Calls never overlap: one at a time, in the order of what happened."""

    def on_event(self, event: Event, at: float) -> None:
        """Take note of an event; `at` is seconds of the monotonic clock."""

    def on_output(self, container: str, stream: Stream, data: bytes) -> None:
        """Take what a container printed, as it came: chunks split lines and characters."""


Post: TypeAlias = Callable[[Event], None]
