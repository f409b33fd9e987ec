"""What a config says, decoded and checked, but with expressions not yet evaluated.

Values are frozen. Durations are whole nanoseconds and sizes are bytes, as the engine takes them.
Maps keep the order of the file. Source of the format: batect 0.85, with the additions that
docs/reference/differences-from-batect.md lists.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from taskrunner.errors import Position
from taskrunner.records import NamedTuple

BUILT_IN: Final = ("batect.project_directory", "taskrunner.project_directory")
"""Config variables that always have a value: the folder of the root file."""


class Literal(NamedTuple):
    """Text that stands for itself."""

    text: str


class EnvironmentReference(NamedTuple):
    """`$NAME`, `${NAME}` or `${NAME:-default}`: a variable of the host's environment."""

    name: str
    default: str | None


class VariableReference(NamedTuple):
    """`<name` or `<{name}`: a config variable."""

    name: str


ExpressionPart: TypeAlias = Literal | EnvironmentReference | VariableReference


class Expression(NamedTuple):
    """A value that may refer to the host's environment and to config variables."""

    source: str
    parts: tuple[ExpressionPart, ...]
    where: Position


class PathExpression(NamedTuple):
    """An expression for a host path; a relative result starts at `base`."""

    expression: Expression
    base: str


class CommandLine(NamedTuple):
    """A command as written, and the words it splits into."""

    text: str
    words: tuple[str, ...]
    expressions: tuple[Expression, ...] | None = None
    """The words of a command that was written as a list, in place of `words`."""


class PassedOn(NamedTuple):
    """An environment variable that has the host's value, and is left out where the host has none."""

    name: str


EnvironmentValue: TypeAlias = Expression | PassedOn


class EnvFile(NamedTuple):
    """A file of environment variables."""

    path: PathExpression
    required: bool
    where: Position


class Reference(NamedTuple):
    """The name of a container or task (or a wildcard), and where it is written."""

    name: str
    where: Position


HEALTHY: Final = "service_healthy"
STARTED: Final = "service_started"
COMPLETED: Final = "service_completed_successfully"


class Dependency(NamedTuple):
    """A container that another one needs, and when it will do; the names are Compose's."""

    name: str
    where: Position
    condition: str = HEALTHY


class Prerequisite(NamedTuple):
    """A task, or a wildcard (`*`) for several, that runs before another one."""

    name: str
    where: Position
    arguments: tuple[Expression, ...] = ()
    """Added to the command of its main container."""


class Ulimit(NamedTuple):
    """A limit of a container's processes; -1 for none."""

    soft: int
    hard: int


class HttpCheck(NamedTuple):
    """A request that a healthy container answers with a status from 200 to 399."""

    port: int
    path: str


class SecretFromEnvironment(NamedTuple):
    """A build secret whose value is a variable of the host's environment."""

    variable: str


class SecretFromFile(NamedTuple):
    """A build secret whose value is a file's content."""

    path: PathExpression


class SshAgent(NamedTuple):
    """An SSH agent or keys that a build may use."""

    id: str
    paths: tuple[PathExpression, ...]


class Build(NamedTuple):
    """How to build a container's image."""

    directory: PathExpression
    dockerfile: str
    """Relative to the directory."""
    args: Mapping[str, Expression]
    target: str | None
    ssh: tuple[SshAgent, ...]
    secrets: Mapping[str, SecretFromEnvironment | SecretFromFile]
    where: Position
    """Of `build_directory`'s value."""
    dockerfile_where: Position
    """Of `dockerfile`'s value, or of `build_directory`'s where there is none."""
    ssh_where: Position | None
    """Of the key `build_ssh`, where it is used."""
    secrets_where: Position | None
    """Of the key `build_secrets`, where it is used."""


class LocalMount(NamedTuple):
    """A host file or folder in the container."""

    local: PathExpression
    container: str
    options: str | None
    where: Position


class CacheMount(NamedTuple):
    """A folder that outlives the container, shared by name within the project."""

    name: str
    container: str
    options: str | None
    where: Position


class TmpfsMount(NamedTuple):
    """A folder in memory."""

    container: str
    options: str | None
    where: Position


Mount: TypeAlias = LocalMount | CacheMount | TmpfsMount


class Device(NamedTuple):
    """A host device in the container."""

    local: str
    container: str
    options: str
    """Cgroup permissions: some of `r`, `w` and `m`."""


class PortRange(NamedTuple):
    """One port or an ascending range, both ends included."""

    first: int
    last: int


class Port(NamedTuple):
    """Host ports that lead to container ports; both ranges have the same length."""

    local: PortRange
    container: PortRange
    protocol: str
    where: Position


class HealthCheck(NamedTuple):
    """What overrides the image's own health check; None keeps the image's setting."""

    command: str | None
    interval: int | None
    start_period: int | None
    timeout: int | None
    retries: int | None
    where: Position | None
    http: HttpCheck | None = None
    """Asked from outside the container, in place of `command`."""
    tcp: int | None = None
    """A port of the container's that takes connections, in place of `command`."""

    @property
    def is_outside(self) -> bool:
        """Whether it looks at the container from outside."""
        return self.http is not None or self.tcp is not None


class RunAsCurrentUser(NamedTuple):
    """Run the container as the person who runs the task, with this home folder."""

    home_directory: str
    where: Position


class SetupCommand(NamedTuple):
    """A command to run in a healthy container before its dependants start."""

    command: CommandLine
    working_directory: str | None


class Container(NamedTuple):
    """One container of the config."""

    name: str
    where: Position
    """Of the container's key."""
    image: Expression | None
    """Exactly one of `image` and `build` is given."""
    build: Build | None
    always_pull: bool
    """`image_pull_policy: Always`; for a build, of its base images."""
    command: CommandLine | None
    entrypoint: CommandLine | None
    environment: Mapping[str, EnvironmentValue]
    working_directory: str | None
    volumes: tuple[Mount, ...]
    devices: tuple[Device, ...]
    ports: tuple[Port, ...]
    dependencies: tuple[Dependency, ...]
    health_check: HealthCheck
    run_as_current_user: RunAsCurrentUser | None
    """None where it is absent or not enabled."""
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
    """Bytes."""
    labels: Mapping[str, str]
    stop_grace_period: int | None
    """Nanoseconds between SIGTERM and SIGKILL at clean-up; None: killed at once."""
    env_files: tuple[EnvFile, ...] = ()
    ulimits: Mapping[str, Ulimit] = {}
    mem_limit: int | None = None
    """Bytes."""
    cpus: int | None = None
    """Billionths of a processor."""
    platform: str | None = None
    networks: tuple[Reference, ...] = ()
    """Existing networks that it joins besides the task's own."""
    from_compose: bool = False
    """Whether a service of a Compose file is behind it."""


class TaskRun(NamedTuple):
    """What a task runs, and what it changes of its main container."""

    container: Reference
    command: CommandLine | None
    entrypoint: CommandLine | None
    environment: Mapping[str, EnvironmentValue]
    ports: tuple[Port, ...]
    working_directory: str | None
    env_files: tuple[EnvFile, ...] = ()


class Customisation(NamedTuple):
    """What a task changes of a container other than its main one."""

    container: Reference
    environment: Mapping[str, EnvironmentValue]
    ports: tuple[Port, ...]
    working_directory: str | None
    env_files: tuple[EnvFile, ...] = ()


class FilePatterns(NamedTuple):
    """Files of the project, as `.dockerignore` writes them: `**` goes through folders, `!` leaves out."""

    base: str
    """Where relative patterns start."""
    texts: tuple[str, ...]
    where: Position


class Task(NamedTuple):
    """One task of the config; at least one of `run` and `prerequisites` is given."""

    name: str
    where: Position
    """Of the task's key."""
    run: TaskRun | None
    description: str
    group: str
    dependencies: tuple[Dependency, ...]
    prerequisites: tuple[Prerequisite, ...]
    customise: Mapping[str, Customisation]
    inputs: FilePatterns | None = None
    """Files that it reads; None: it is never skipped."""
    outputs: FilePatterns | None = None
    """Files that it writes."""


class ConfigVariable(NamedTuple):
    """A variable that a person sets per machine or per run."""

    name: str
    where: Position
    description: str | None
    default: str | None


class Project(NamedTuple):
    """Everything that a root file and its includes say."""

    name: str
    file: str
    """Absolute path of the root file."""
    directory: str
    """Absolute path of the folder that holds the root file."""
    files: tuple[str, ...]
    """Every file that was read, the root file first."""
    containers: Mapping[str, Container]
    tasks: Mapping[str, Task]
    variables: Mapping[str, ConfigVariable]
    forbid_telemetry: bool
    looked_at: tuple[str, ...] = ()
    """What else decided what they say: folders that patterns looked into, notes of bundles, `also_read`."""
    also_read: tuple[str, ...] = ()
    """Files of other formats that containers come from."""
    patterns: tuple[str, ...] = ()
    """Absolute patterns of includes."""
    bundles: tuple[str, ...] = ()
    """Folders of the bundles' files, which stay as long as they are touched from time to time."""
