"""The fields of a container."""

from collections.abc import Mapping
from typing import Any, Final

from taskrunner.config.decode import (
    Decoder,
    Field,
    Fields,
    Rejected,
    Scope,
    list_of,
    map_of,
    read_fields,
    table,
    text_of,
)
from taskrunner.config.model import (
    Build,
    Container,
    HealthCheck,
    RunAsCurrentUser,
    SecretFromEnvironment,
    SecretFromFile,
    SetupCommand,
    SshAgent,
)
from taskrunner.config.mounts import DEVICES, PORTS, VOLUMES
from taskrunner.config.nodes import Entry, Node
from taskrunner.config.scalars import (
    BOOLEAN,
    COMMAND,
    CONTAINER_NAME,
    COUNT,
    DURATION,
    EXPRESSION,
    FILLED_TEXT,
    PATH,
    REFERENCE,
    SIZE,
    TEXT,
    check_name,
    choice,
)
from taskrunner.errors import Position, Problem

__all__ = [
    "CAPABILITIES",
    "CONTAINER_TABLE",
    "ENVIRONMENT",
    "NAME_RULE",
    "TABLES",
    "read_container",
]

NAME_RULE: Final = (
    "it takes lower-case letters and digits, with single dots, one or two underscores, or dashes between them"
)

# fmt: off
CAPABILITIES: Final = (
    "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN",
    "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
    "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE",
    "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN",
    "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM", "ALL",
)
# fmt: on


def _capability(node: Node, scope: Scope) -> Any:
    text = text_of(node, "a capability")
    bare = text.removeprefix("CAP_")
    return bare if bare in CAPABILITIES else _CAPABILITY_CHOICE.read(node, scope)


_CAPABILITY_CHOICE: Final = choice({name: name for name in CAPABILITIES}, "a capability")
_CAPABILITY: Final = Decoder(
    _capability, {"enum": [*CAPABILITIES, *(f"CAP_{name}" for name in CAPABILITIES)]}
)
_CAPABILITY_LIST: Final = list_of(_CAPABILITY, same=lambda name: name)
_TEXT_SET: Final = list_of(FILLED_TEXT, same=lambda text: text)

ENVIRONMENT: Final = map_of(EXPRESSION, "the environment is a map from names to values")

HEALTH_CHECK_TABLE: Final = table(
    "health_check",
    "a health check",
    "Overrides the image's own health check, setting by setting.",
    [
        Field("command", TEXT, "A command, run by a shell in the container; 0 means healthy.", nullable=True),
        Field("interval", DURATION, "The time between two checks.", nullable=True),
        Field("start_period", DURATION, "The time in which failed checks do not count.", nullable=True),
        Field("timeout", DURATION, "The time that a check may take.", nullable=True),
        Field("retries", COUNT, "How many failed checks in a row mean unhealthy.", nullable=True),
    ],
)

USER_TABLE: Final = table(
    "run_as_current_user",
    "run_as_current_user",
    "Runs the container as the person who runs the task, so that files it makes belong to that person.",
    [
        Field("enabled", BOOLEAN, "Whether to run the container as the current user."),
        Field("home_directory", FILLED_TEXT, "The user's home folder in the container."),
    ],
    {
        "if": {"properties": {"enabled": {"enum": [True, "true", "True", "TRUE"]}}, "required": ["enabled"]},
        "then": {"required": ["home_directory"]},
        "else": {"properties": {"home_directory": False}},
    },
)

SETUP_COMMAND_TABLE: Final = table(
    "setup_command",
    "a setup command",
    "A command to run in the container once it is healthy, before anything that depends on it starts.",
    [
        Field("command", COMMAND, "The command; not run by a shell.", required=True),
        Field("working_directory", FILLED_TEXT, "The folder to run it in.", nullable=True),
    ],
)

SSH_TABLE: Final = table(
    "build_ssh",
    "an SSH agent",
    "An SSH agent, or keys, that the build may use.",
    [
        Field("id", FILLED_TEXT, "The name that the Dockerfile uses for it.", required=True),
        Field(
            "paths",
            list_of(PATH, same=lambda path: path.expression.source),
            "Key files or an agent's socket on the host; expressions. Without any: the current agent.",
        ),
    ],
)

SECRET_TABLE: Final = table(
    "build_secret",
    "a build secret",
    "A value that the build may read but that is not kept in the image.",
    [
        Field("environment", FILLED_TEXT, "The variable of the host's environment that holds it."),
        Field("path", PATH, "The host file that holds it; an expression."),
    ],
    {"oneOf": [{"required": ["environment"]}, {"required": ["path"]}]},
)


def _setup_command(node: Node, scope: Scope) -> SetupCommand:
    fields = read_fields(node, SETUP_COMMAND_TABLE, scope)
    return SetupCommand(fields.need("command"), fields.get("working_directory"))


def _ssh(node: Node, scope: Scope) -> SshAgent:
    fields = read_fields(node, SSH_TABLE, scope)
    return SshAgent(fields.need("id"), fields.get("paths", ()))


def _secret(node: Node, scope: Scope) -> SecretFromEnvironment | SecretFromFile:
    fields = read_fields(node, SECRET_TABLE, scope)
    if fields.has("environment") == fields.has("path"):
        message = "A build secret has either the key 'environment' or the key 'path'."
        raise Rejected(Problem("config.build-secret-source", message, fields.where))
    if fields.has("environment"):
        return SecretFromEnvironment(fields.need("environment"))
    return SecretFromFile(fields.need("path"))


def _health_check(node: Node, scope: Scope) -> HealthCheck:
    fields = read_fields(node, HEALTH_CHECK_TABLE, scope)
    return HealthCheck(
        command=fields.get("command"),
        interval=fields.get("interval"),
        start_period=fields.get("start_period"),
        timeout=fields.get("timeout"),
        retries=fields.get("retries"),
        where=fields.where,
    )


def _user(node: Node, scope: Scope) -> RunAsCurrentUser | None:
    fields = read_fields(node, USER_TABLE, scope)
    enabled = fields.need("enabled") if fields.has("enabled") else False
    if enabled and not fields.has("home_directory"):
        message = "The key 'home_directory' is missing: run_as_current_user needs it where it is enabled."
        raise Rejected(Problem("config.missing-key", message, fields.where))
    if not enabled and fields.has("home_directory"):
        message = "The key 'home_directory' is only permitted together with `enabled: true`."
        raise Rejected(Problem("config.key-not-permitted", message, fields.key("home_directory")))
    return RunAsCurrentUser(fields.need("home_directory"), fields.where) if enabled else None


CONTAINER_TABLE: Final = table(
    "container",
    "a container",
    "A container that tasks can run, on its own or next to others.",
    [
        Field(
            "image", FILLED_TEXT, "The image to run. Exactly one of `image` and `build_directory` is given."
        ),
        Field("build_directory", PATH, "The folder with what is needed to build the image; an expression."),
        Field("build_args", map_of(EXPRESSION, "the build args are a map"), "Build arguments; expressions."),
        Field("build_target", FILLED_TEXT, "The stage of the Dockerfile to build."),
        Field("dockerfile", FILLED_TEXT, "The Dockerfile, relative to the build directory."),
        Field(
            "build_ssh",
            list_of(Decoder(_ssh, {"$ref": "#/$defs/build_ssh"}), same=lambda ssh: ssh.id, duplicates="id"),
            "SSH agents or keys that the build may use.",
        ),
        Field(
            "build_secrets",
            map_of(Decoder(_secret, {"$ref": "#/$defs/build_secret"}), "the build secrets are a map"),
            "Secrets that the build may read, by id.",
        ),
        Field(
            "image_pull_policy",
            choice({"IfNotPresent": False, "Always": True}, "an image pull policy"),
            "When to pull the image, or the images that a build starts from.",
        ),
        Field("command", COMMAND, "The command to run; not run by a shell."),
        Field("entrypoint", COMMAND, "The entrypoint, which the command is added to."),
        Field("environment", ENVIRONMENT, "Environment variables; the values are expressions."),
        Field("working_directory", FILLED_TEXT, "The folder in which the command runs."),
        Field("volumes", VOLUMES, "What is mounted in the container."),
        Field("devices", DEVICES, "Devices of the host."),
        Field("ports", PORTS, "Ports of the host that lead to the container."),
        Field(
            "dependencies",
            list_of(REFERENCE, same=lambda reference: reference.name, duplicates="container"),
            "Containers that must be ready before this one starts.",
        ),
        Field(
            "health_check",
            Decoder(_health_check, {"$ref": "#/$defs/health_check"}),
            "What overrides the image's health check.",
        ),
        Field(
            "run_as_current_user",
            Decoder(_user, {"$ref": "#/$defs/run_as_current_user"}),
            "Whether to run as the person who runs the task.",
        ),
        Field("privileged", BOOLEAN, "Whether the container has all rights on the host's kernel."),
        Field(
            "enable_init_process", BOOLEAN, "Whether an init process passes signals on and reaps children."
        ),
        Field("capabilities_to_add", _CAPABILITY_LIST, "Kernel capabilities beyond the engine's default."),
        Field(
            "capabilities_to_drop", _CAPABILITY_LIST, "Kernel capabilities that the container does without."
        ),
        Field("additional_hostnames", _TEXT_SET, "Further names by which other containers reach this one."),
        Field(
            "additional_hosts",
            map_of(FILLED_TEXT, "the additional hosts are a map from names to addresses"),
            "Names and addresses to add to the container's hosts file.",
        ),
        Field(
            "setup_commands",
            list_of(Decoder(_setup_command, {"$ref": "#/$defs/setup_command"})),
            "Commands to run in the container once it is healthy.",
        ),
        Field("log_driver", FILLED_TEXT, "The engine's logging driver."),
        Field(
            "log_options",
            map_of(TEXT, "the log options are a map from names to values"),
            "Options of the logging driver.",
        ),
        Field("shm_size", SIZE, "The size of `/dev/shm`."),
        Field(
            "labels", map_of(TEXT, "the labels are a map from names to values"), "Labels of the container."
        ),
        Field(
            "stop_grace_period",
            DURATION,
            "The time between SIGTERM and SIGKILL at clean-up; without it the container is killed at once.",
        ),
    ],
    {
        "oneOf": [{"required": ["image"]}, {"required": ["build_directory"]}],
        "dependentSchemas": {
            "image": {
                "properties": dict.fromkeys(
                    ("build_args", "build_target", "dockerfile", "build_ssh", "build_secrets"), False
                )
            }
        },
    },
)

TABLES: Final = (
    CONTAINER_TABLE,
    HEALTH_CHECK_TABLE,
    USER_TABLE,
    SETUP_COMMAND_TABLE,
    SSH_TABLE,
    SECRET_TABLE,
)

_BUILD_KEYS: Final = ("build_args", "build_target", "dockerfile", "build_ssh", "build_secrets")
_NO_HEALTH_CHECK: Final = HealthCheck(None, None, None, None, None, None)
_DEFAULTS: Final[Mapping[str, Any]] = {
    "image": None,
    "command": None,
    "entrypoint": None,
    "environment": {},
    "working_directory": None,
    "volumes": (),
    "devices": (),
    "ports": (),
    "dependencies": (),
    "privileged": False,
    "enable_init_process": False,
    "capabilities_to_add": (),
    "capabilities_to_drop": (),
    "additional_hostnames": (),
    "additional_hosts": {},
    "setup_commands": (),
    "log_driver": None,
    "log_options": {},
    "shm_size": None,
    "labels": {},
    "stop_grace_period": None,
}
"""What stands in the model for each field that is not given and needs nothing worked out."""


def read_container(entry: Entry, scope: Scope) -> Container:
    """Decode a container and its name. Raises Rejected where no container can be made of it."""
    name = entry.key.text
    where = entry.key.where
    try:
        check_name(name, CONTAINER_NAME, "a container", NAME_RULE, where)
    except Rejected as rejected:
        scope.problems.extend(rejected.problems)
    fields = read_fields(entry.value, CONTAINER_TABLE, scope)
    _check_source(fields, name, where, scope)
    user = fields.get("run_as_current_user")
    check = fields.get("health_check", _NO_HEALTH_CHECK)
    return Container(
        name=name,
        where=where,
        build=_build(fields),
        always_pull=fields.get("image_pull_policy", False),
        health_check=check._replace(where=fields.key("health_check") if fields.has("health_check") else None),
        run_as_current_user=user and user._replace(where=fields.key("run_as_current_user")),
        **{field: fields.get(field, default) for field, default in _DEFAULTS.items()},
    )


def _check_source(fields: Fields, name: str, where: Position, scope: Scope) -> None:
    if not fields.has("image"):
        if not fields.has("build_directory"):
            message = f"The container '{name}' has neither an 'image' nor a 'build_directory'."
            scope.problems.append(Problem("config.container-without-image", message, where))
        return
    if fields.has("build_directory"):
        message = (
            f"The container '{name}' has both an 'image' and a 'build_directory': one of them is enough."
        )
        scope.problems.append(
            Problem("config.image-and-build-directory", message, fields.key("build_directory"))
        )
        return
    for key in _BUILD_KEYS:
        if fields.has(key):
            message = f"The key '{key}' is only permitted with 'build_directory', not with 'image'."
            scope.problems.append(Problem("config.key-not-permitted", message, fields.key(key)))


def _build(fields: Fields) -> Build | None:
    directory = fields.get("build_directory")
    if directory is None:
        return None
    return Build(
        directory=directory,
        dockerfile=fields.get("dockerfile", "Dockerfile"),
        args=fields.get("build_args", {}),
        target=fields.get("build_target"),
        ssh=fields.get("build_ssh", ()),
        secrets=fields.get("build_secrets", {}),
        where=fields.value("build_directory"),
        dockerfile_where=fields.value("dockerfile" if fields.has("dockerfile") else "build_directory"),
        ssh_where=fields.key("build_ssh") if fields.has("build_ssh") else None,
        secrets_where=fields.key("build_secrets") if fields.has("build_secrets") else None,
    )
