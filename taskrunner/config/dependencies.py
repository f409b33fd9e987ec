"""What a container or task needs beside it: a list of containers, or a map that says when each will do."""

from typing import Any, Final

from taskrunner.config.decode import Decoder, Field, Scope, list_of, read_entries, read_fields, table, text_of
from taskrunner.config.model import COMPLETED, HEALTHY, STARTED, Dependency
from taskrunner.config.nodes import Entry, MappingNode, Node
from taskrunner.config.scalars import TEXT_SCHEMA, choice

__all__ = ["DEPENDENCIES", "DEPENDENCY_TABLE"]

DEPENDENCY_TABLE: Final = table(
    "dependency",
    "a dependency",
    "When a container counts as ready for the one that needs it.",
    [
        Field(
            "condition",
            choice({name: name for name in (HEALTHY, STARTED, COMPLETED)}, "a condition"),
            "`service_healthy`: it is healthy, and its set-up commands are done. `service_started`: it runs. "
            "`service_completed_successfully`: it has ended with exit code 0.",
        ),
    ],
)


def _by_name(node: Node, _: Scope) -> Dependency:
    return Dependency(text_of(node, "a name"), node.where)


def _with_condition(entry: Entry, scope: Scope) -> Dependency:
    fields = read_fields(entry.value, DEPENDENCY_TABLE, scope)
    return Dependency(entry.key.text, entry.key.where, fields.get("condition", HEALTHY))


_LIST: Final = list_of(Decoder(_by_name, TEXT_SCHEMA), same=lambda each: each.name, duplicates="container")


def _dependencies(node: Node, scope: Scope) -> Any:
    if isinstance(node, MappingNode):
        what = "the dependencies are a list of containers or a map from containers to conditions"
        read = read_entries(node, what, _with_condition, scope, absent=_plain)
        return tuple(read.values())
    return _LIST.read(node, scope)


def _plain(entry: Entry) -> Dependency:
    return Dependency(entry.key.text, entry.key.where)


DEPENDENCIES: Final = Decoder(
    _dependencies,
    {
        "anyOf": [
            _LIST.schema,
            {
                "type": "object",
                "additionalProperties": {"anyOf": [{"$ref": "#/$defs/dependency"}, {"type": "null"}]},
            },
        ]
    },
)
