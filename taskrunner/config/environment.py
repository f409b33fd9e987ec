"""The environment of a container, as containers and tasks write it: variables, and files of variables."""

from typing import Any, Final

from taskrunner.config.decode import (
    Decoder,
    Field,
    Rejected,
    Scope,
    empty_text,
    item_without_value,
    list_of,
    read_entries,
    read_fields,
    table,
    text_of,
)
from taskrunner.config.expressions import parse
from taskrunner.config.model import EnvFile, EnvironmentValue, PassedOn
from taskrunner.config.nodes import Entry, Node, ScalarNode, SequenceNode, is_null, quoted, within
from taskrunner.config.scalars import BOOLEAN, EXPRESSION, PATH, TEXT_SCHEMA
from taskrunner.errors import ConfigError, Position, Problem

__all__ = ["ENVIRONMENT", "ENV_FILES", "ENV_FILE_TABLE"]


def _environment(node: Node, scope: Scope) -> dict[str, EnvironmentValue]:
    if isinstance(node, SequenceNode):
        return _from_list(node, scope)
    what = "the environment is a map from names to values, or a list"
    return read_entries(node, what, _value, scope, absent=_passed_on)


def _value(entry: Entry, scope: Scope) -> Any:
    _check_name(entry.key.text, entry.key.where)
    return EXPRESSION.read(entry.value, scope)


def _passed_on(entry: Entry) -> PassedOn:
    _check_name(entry.key.text, entry.key.where)
    return PassedOn(entry.key.text)


def _from_list(node: SequenceNode, scope: Scope) -> dict[str, EnvironmentValue]:
    found: dict[str, EnvironmentValue] = {}
    for item in node.items:
        try:
            name, value = _item(item)
        except Rejected as rejected:
            scope.problems.extend(rejected.problems)
            continue
        if name in found:
            message = f"The variable '{name}' is in this list twice."
            scope.problems.append(
                Problem("config.duplicate-item", message, item.where, "Remove one of them.")
            )
        found[name] = value
    return found


def _item(item: Node) -> tuple[str, EnvironmentValue]:
    if is_null(item):
        raise Rejected(item_without_value(item))
    text = text_of(item, "NAME or NAME=value")
    name, sign, value = text.partition("=")
    _check_name(name, item.where)
    if not sign:
        return name, PassedOn(name)
    try:
        return name, parse(value, within(item.where, text, len(name) + 1, len(value)))
    except ConfigError as error:
        raise Rejected(*error.problems) from None


def _check_name(name: str, where: Position) -> None:
    if not name or "=" in name:
        message = f"{quoted(name)} cannot name an environment variable: it is empty or has a = in it."
        hint = "Write `NAME: value` in a map, and `NAME=value` or `NAME` in a list."
        raise Rejected(Problem("config.bad-environment-name", message, where, hint))


ENVIRONMENT: Final = Decoder(
    _environment,
    {
        "anyOf": [
            {"type": "object", "additionalProperties": {"type": [*TEXT_SCHEMA["type"], "null"]}},
            {"type": "array", "items": {"type": "string", "pattern": "^[^=]+(=.*)?$"}},
        ]
    },
)

ENV_FILE_TABLE: Final = table(
    "env_file",
    "a file of environment variables",
    "A file of lines such as `NAME=value`.",
    [
        Field("path", PATH, "The file; an expression.", required=True),
        Field("required", BOOLEAN, "Whether it is a mistake if the file does not exist."),
    ],
)


def _env_file(node: Node, scope: Scope) -> EnvFile:
    if isinstance(node, ScalarNode):
        return EnvFile(_filled_path(node, scope), required=True, where=node.where)
    fields = read_fields(node, ENV_FILE_TABLE, scope)
    path = fields.need("path")
    return EnvFile(path, required=fields.get("required", True), where=fields.value("path"))


def _filled_path(node: ScalarNode, scope: Scope) -> Any:
    if not node.text.strip():
        raise Rejected(empty_text(node))
    return PATH.read(node, scope)


_FILLED: Final = {"type": "string", "minLength": 1}
_ENV_FILE: Final = Decoder(_env_file, {"anyOf": [_FILLED, {"$ref": "#/$defs/env_file"}]})
_SEVERAL: Final = list_of(_ENV_FILE)


def _env_files(node: Node, scope: Scope) -> tuple[EnvFile, ...]:
    if isinstance(node, ScalarNode):
        return (_env_file(node, scope),)
    found: tuple[EnvFile, ...] = _SEVERAL.read(node, scope)
    return found


ENV_FILES: Final = Decoder(_env_files, {"anyOf": [_FILLED, _SEVERAL.schema]})
