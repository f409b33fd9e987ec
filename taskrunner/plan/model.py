"""The plan of a run: plain values, every expression evaluated, every path absolute.

Execution needs nothing of the config besides this.
"""

from collections.abc import Mapping
from typing import TypeAlias

from taskrunner.config.model import Device, FilePatterns, HealthCheck, SetupCommand, Ulimit
from taskrunner.records import NamedTuple


class PulledImage(NamedTuple):
    """An image that a registry or the engine has."""

    reference: str
    always: bool
    """Pull even if the engine has it."""
    platform: str | None = None
    """Such as `linux/amd64`; None for the engine's own."""

    @property
    def key(self) -> str:
        """What makes two sources the same piece of work."""
        return f"pull {'always ' if self.always else ''}{self.reference} {self.platform or ''}".rstrip()


class BuildSecret(NamedTuple):
    """A secret that a build may read; exactly one of `variable` and `path` is given."""

    id: str
    variable: str | None
    path: str | None


class BuildSsh(NamedTuple):
    """An SSH agent that a build may use; without paths the person's own."""

    id: str
    paths: tuple[str, ...]


class BuiltImage(NamedTuple):
    """An image that the run builds."""

    container: str
    directory: str
    dockerfile: str
    """Relative to the directory."""
    args: Mapping[str, str]
    target: str | None
    pull: bool
    """Pull the base images even if the engine has them."""
    tags: tuple[str, ...]
    after: int
    """Number of the task in the plan that has to end before this build may start; -1 for none.

    An earlier task that mounts a part of the build directory may write what the build reads.
    """
    secrets: tuple[BuildSecret, ...] = ()
    ssh: tuple[BuildSsh, ...] = ()
    platform: str | None = None

    @property
    def key(self) -> str:
        """What makes two sources the same piece of work."""
        return f"build {self.container} {self.after}"

    @property
    def reads(self) -> tuple[str, ...]:
        """Files and folders of this host that the build reads."""
        keys = (path for agent in self.ssh for path in agent.paths)
        return (self.directory, *(each.path for each in self.secrets if each.path is not None), *keys)


ImageSource: TypeAlias = PulledImage | BuiltImage


class BindMount(NamedTuple):
    """A host path in the container."""

    source: str
    target: str
    options: str | None


class VolumeMount(NamedTuple):
    """A named volume in the container; the engine creates it at first use."""

    volume: str
    target: str
    options: str | None
    cache: str
    """The cache's name in the config."""


class MemoryMount(NamedTuple):
    """A tmpfs in the container."""

    target: str
    options: str


PlannedMount: TypeAlias = BindMount | VolumeMount | MemoryMount


class PortBinding(NamedTuple):
    """One host port that leads to one container port."""

    local: int
    container: int
    protocol: str


class PlannedContainer(NamedTuple):
    """One container of a task, ready to be created."""

    name: str
    image: ImageSource
    command: tuple[str, ...] | None
    command_text: str | None
    """The command as a person wrote it, for display."""
    entrypoint: tuple[str, ...] | None
    environment: Mapping[str, str]
    working_directory: str | None
    mounts: tuple[PlannedMount, ...]
    devices: tuple[Device, ...]
    ports: tuple[PortBinding, ...]
    dependencies: tuple[str, ...]
    health_check: HealthCheck
    privileged: bool
    enable_init_process: bool
    capabilities_to_add: tuple[str, ...]
    capabilities_to_drop: tuple[str, ...]
    additional_hostnames: tuple[str, ...]
    additional_hosts: Mapping[str, str]
    setup_commands: tuple[SetupCommand, ...]
    log_driver: str | None
    log_options: Mapping[str, str]
    shm_size: int | None
    labels: Mapping[str, str]
    stop_grace_period: int | None
    """Nanoseconds."""
    home_directory: str | None
    """Of the person who runs the task, as whom the container runs; None: as the image's user."""
    conditions: Mapping[str, str] = {}
    """When a dependency will do, for those that need not be healthy: as in `config.model`."""
    must_complete: bool = False
    """Whether others wait until it has ended with exit code 0."""
    ulimits: Mapping[str, Ulimit] = {}
    mem_limit: int | None = None
    """Bytes."""
    cpus: int | None = None
    """Billionths of a processor."""
    platform: str | None = None
    networks: tuple[str, ...] = ()
    """Existing networks that it joins besides the task's own."""


class TaskFiles(NamedTuple):
    """The files that a task reads and writes."""

    inputs: FilePatterns
    outputs: FilePatterns | None


class TaskPlan(NamedTuple):
    """One task of the run."""

    number: int
    name: str
    main: str | None
    """The main container's name; None for a task of prerequisites only."""
    containers: Mapping[str, PlannedContainer]
    """Dependencies before their dependants, the main container last."""
    requested: bool
    """True for the task that the person named; it alone takes standard input and extra arguments."""
    prerequisites: tuple[str, ...] = ()
    """Its own, by name, as far as the run has them."""
    arguments: tuple[str, ...] = ()
    """What the task that it is a prerequisite of adds to its command."""
    files: TaskFiles | None = None
    """None for a task that runs whenever it is asked for."""

    @property
    def needs_network(self) -> bool:
        """Whether containers have to find one another, or themselves, by name."""
        return len(self.containers) > 1 or any(c.additional_hostnames for c in self.containers.values())


class RunPlan(NamedTuple):
    """A whole run, in the order in which its tasks happen."""

    project: str
    directory: str
    tasks: tuple[TaskPlan, ...]
    env_files: tuple[str, ...] = ()
    """Absolute paths of the files that variables come from, with those that need not be there and are not."""
