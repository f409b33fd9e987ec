"""The fields of a container."""

from collections.abc import Mapping
from typing import Any, Final

from taskrunner.config import build
from taskrunner.config.build import BUILD_FIELDS, BUILD_KEYS, check_source, read_build
from taskrunner.config.capabilities import CAPABILITY_LIST
from taskrunner.config.compose_reference import FROM_FIELD, KEY
from taskrunner.config.decode import Decoder, Field, Rejected, Scope, list_of, map_of, read_fields, table
from taskrunner.config.dependencies import DEPENDENCIES, DEPENDENCY_TABLE
from taskrunner.config.environment import ENV_FILE_TABLE, ENV_FILES, ENVIRONMENT
from taskrunner.config.health import HEALTH_CHECK, HEALTH_CHECK_TABLE, HTTP_CHECK_TABLE, NO_HEALTH_CHECK
from taskrunner.config.model import Container, RunAsCurrentUser, SetupCommand
from taskrunner.config.mounts import DEVICES, PORTS, VOLUMES
from taskrunner.config.nodes import Entry, MappingNode, Node
from taskrunner.config.resources import RESOURCE_DEFAULTS, RESOURCE_FIELDS, ULIMIT_TABLE
from taskrunner.config.scalars import (
    BOOLEAN,
    COMMAND,
    CONTAINER_NAME,
    DURATION,
    FILLED_TEXT,
    IMAGE,
    SIZE,
    TEXT,
    check_name,
    choice,
)
from taskrunner.errors import Problem

__all__ = [
    "CONTAINER_TABLE",
    "NAME_RULE",
    "TABLES",
    "read_container",
]

NAME_RULE: Final = (
    "it takes lower-case letters and digits, with single dots, one or two underscores, or dashes between them"
)

_TEXT_SET: Final = list_of(FILLED_TEXT, same=lambda text: text)

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


def _setup_command(node: Node, scope: Scope) -> SetupCommand:
    fields = read_fields(node, SETUP_COMMAND_TABLE, scope)
    return SetupCommand(fields.need("command"), fields.get("working_directory"))


def _user(node: Node, scope: Scope) -> RunAsCurrentUser | None:
    fields = read_fields(node, USER_TABLE, scope)
    enabled = fields.need("enabled") if fields.has("enabled") else False
    if enabled and not fields.has("home_directory"):
        message = "The key 'home_directory' is missing: run_as_current_user needs it where it is enabled."
        hint = "Add a folder in the container that nobody else needs, such as `home_directory: /home/me`."
        raise Rejected(Problem("config.missing-key", message, fields.where, hint))
    if not enabled and fields.has("home_directory"):
        message = "The key 'home_directory' is only permitted together with `enabled: true`."
        hint = "Add `enabled: true`, or remove the key."
        raise Rejected(Problem("config.key-not-permitted", message, fields.key("home_directory"), hint))
    return RunAsCurrentUser(fields.need("home_directory"), fields.where) if enabled else None


CONTAINER_TABLE: Final = table(
    "container",
    "a container",
    "A container that tasks can run, on its own or next to others.",
    [
        FROM_FIELD,
        Field(
            "image",
            IMAGE,
            "The image to run; an expression. Exactly one of `image` and `build_directory` is given.",
        ),
        *BUILD_FIELDS,
        Field(
            "image_pull_policy",
            choice({"IfNotPresent": False, "Always": True}, "an image pull policy"),
            "When to pull the image, or the images that a build starts from.",
        ),
        Field("command", COMMAND, "The command to run; not run by a shell."),
        Field("entrypoint", COMMAND, "The entrypoint, which the command is added to."),
        Field("environment", ENVIRONMENT, "Environment variables; the values are expressions."),
        Field("env_file", ENV_FILES, "Files of environment variables; `environment` wins over them."),
        Field("working_directory", FILLED_TEXT, "The folder in which the command runs."),
        Field("volumes", VOLUMES, "What is mounted in the container."),
        Field("devices", DEVICES, "Devices of the host."),
        Field("ports", PORTS, "Ports of the host that lead to the container."),
        Field("dependencies", DEPENDENCIES, "Containers that must be ready before this one starts."),
        Field(
            "health_check",
            HEALTH_CHECK,
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
        Field("capabilities_to_add", CAPABILITY_LIST, "Kernel capabilities beyond the engine's default."),
        Field(
            "capabilities_to_drop", CAPABILITY_LIST, "Kernel capabilities that the container does without."
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
        *RESOURCE_FIELDS,
    ],
    {
        "if": {"required": ["from"]},
        "then": {"not": {"required": ["image", "build_directory"]}},
        "else": {"oneOf": [{"required": ["image"]}, {"required": ["build_directory"]}]},
        "dependentSchemas": {"image": {"properties": dict.fromkeys(BUILD_KEYS, False)}},
    },
)

TABLES: Final = (
    CONTAINER_TABLE,
    HEALTH_CHECK_TABLE,
    HTTP_CHECK_TABLE,
    USER_TABLE,
    SETUP_COMMAND_TABLE,
    ENV_FILE_TABLE,
    DEPENDENCY_TABLE,
    ULIMIT_TABLE,
    *build.TABLES,
)

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
    **RESOURCE_DEFAULTS,
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
    fields = read_fields(_whole(entry.value, scope), CONTAINER_TABLE, scope)
    check_source(fields, name, where, scope)
    user = fields.get("run_as_current_user")
    check = fields.get("health_check", NO_HEALTH_CHECK)
    return Container(
        name=name,
        where=where,
        build=read_build(fields),
        env_files=fields.get("env_file", ()),
        always_pull=fields.get("image_pull_policy", False),
        health_check=check._replace(where=fields.key("health_check") if fields.has("health_check") else None),
        from_compose=fields.has(KEY),
        run_as_current_user=user and user._replace(where=fields.key("run_as_current_user")),
        **{field: fields.get(field, default) for field, default in _DEFAULTS.items()},
    )


def _whole(node: Node, scope: Scope) -> Node:
    """Return a container's map with what a Compose service adds to it."""
    if not isinstance(node, MappingNode) or KEY not in node.entries:
        return node
    from taskrunner.config.compose import with_service

    return with_service(node, scope)
