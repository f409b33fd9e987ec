"""The fields that say how a container's image is built."""

from typing import Final

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
)
from taskrunner.config.model import Build, SecretFromEnvironment, SecretFromFile, SshAgent
from taskrunner.config.nodes import Node
from taskrunner.config.scalars import EXPRESSION, FILLED_TEXT, PATH
from taskrunner.errors import Position, Problem

__all__ = ["BUILD_FIELDS", "BUILD_KEYS", "TABLES", "check_source", "read_build"]

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


def _ssh(node: Node, scope: Scope) -> SshAgent:
    fields = read_fields(node, SSH_TABLE, scope)
    return SshAgent(fields.need("id"), fields.get("paths", ()))


def _secret(node: Node, scope: Scope) -> SecretFromEnvironment | SecretFromFile:
    fields = read_fields(node, SECRET_TABLE, scope)
    if fields.has("environment") == fields.has("path"):
        message = "A build secret has either the key 'environment' or the key 'path'."
        hint = "Keep the one that says where the secret comes from: a variable's name or a file's path."
        raise Rejected(Problem("config.build-secret-source", message, fields.where, hint))
    if fields.has("environment"):
        return SecretFromEnvironment(fields.need("environment"))
    return SecretFromFile(fields.need("path"))


BUILD_FIELDS: Final = (
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
)
BUILD_KEYS: Final = tuple(field.name for field in BUILD_FIELDS if field.name != "build_directory")
"""What is only permitted together with `build_directory`."""

TABLES: Final = (SSH_TABLE, SECRET_TABLE)


def check_source(fields: Fields, name: str, where: Position, scope: Scope) -> None:
    """Note what is wrong between the fields that say where a container's image comes from."""
    if not fields.has("image"):
        if not fields.has("build_directory"):
            message = f"The container '{name}' has neither an 'image' nor a 'build_directory'."
            hint = "Name an image, such as `image: alpine:3.20`, or the folder of a Dockerfile."
            scope.problems.append(Problem("config.container-without-image", message, where, hint))
        return
    if fields.has("build_directory"):
        message = f"The container '{name}' has both an 'image' and a 'build_directory'."
        where = fields.key("build_directory")
        hint = "Keep one of them: `image` to pull it, `build_directory` to build it."
        scope.problems.append(Problem("config.image-and-build-directory", message, where, hint))
        return
    for key in BUILD_KEYS:
        if fields.has(key):
            message = f"The key '{key}' is only permitted with 'build_directory', not with 'image'."
            hint = "Remove it, or build the image instead of pulling it."
            scope.problems.append(Problem("config.key-not-permitted", message, fields.key(key), hint))


def read_build(fields: Fields) -> Build | None:
    """Return how a container's image is built, or None where it is not."""
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
