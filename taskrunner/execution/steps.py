"""What a run does next: frozen values that the rules hand out and the runner carries out.

The classes' names are the names of the steps in timelines and telemetry.
"""

from typing import TypeAlias

from taskrunner.plan.model import BuiltImage, PulledImage
from taskrunner.records import NamedTuple


class PullImage(NamedTuple):
    """Make sure that the engine has an image."""

    source: PulledImage


class BuildImage(NamedTuple):
    """Build a container's image."""

    source: BuiltImage


class CreateNetwork(NamedTuple):
    """Create the task's network, or look up the one that the person named."""


class CreateContainer(NamedTuple):
    """Create a container of the task."""

    container: str


class RunContainer(NamedTuple):
    """Start a container and watch it until it ends."""

    container: str


class WaitForHealth(NamedTuple):
    """Probe a container until it is healthy."""

    container: str


class RunSetupCommands(NamedTuple):
    """Run a container's set-up commands, one after another."""

    container: str


class OpenShell(NamedTuple):
    """Let the person look around in the container in which the task failed."""

    container: str


class StopContainer(NamedTuple):
    """Ask a container to end, and wait for at most its grace period."""

    container: str


class RemoveContainer(NamedTuple):
    """Remove a container with its anonymous volumes, killing it if it runs."""

    container: str


class RemoveNetwork(NamedTuple):
    """Remove the task's network."""


Step: TypeAlias = (
    PullImage
    | BuildImage
    | CreateNetwork
    | CreateContainer
    | RunContainer
    | WaitForHealth
    | RunSetupCommands
    | OpenShell
    | StopContainer
    | RemoveContainer
    | RemoveNetwork
)
