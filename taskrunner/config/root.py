"""The fields of a config file as a whole."""

import os
from collections.abc import Mapping
from typing import Any, Final

from taskrunner.config import container, mounts, task
from taskrunner.config.decode import (
    Decoder,
    Field,
    Rejected,
    Scope,
    Table,
    keys_only,
    read_entries,
    read_fields,
    table,
    text_of,
)
from taskrunner.config.includes import INCLUDE_TABLE, INCLUDES, Include
from taskrunner.config.model import ConfigVariable, Container, Task
from taskrunner.config.nodes import Entry, MappingNode, Node
from taskrunner.config.scalars import (
    BOOLEAN,
    CONTAINER_NAME,
    IMAGE_NAME,
    TEXT,
    VARIABLE_NAME,
    check_name,
)
from taskrunner.errors import Position, Problem
from taskrunner.records import NamedTuple

__all__ = [
    "ROOT_TABLE",
    "TABLES",
    "FileContent",
    "read_file",
]


class FileContent(NamedTuple):
    """What one config file says."""

    file: str
    project_name: str | None
    forbid_telemetry: bool
    root_only: Mapping[str, Position]
    """The places of keys that an included file must not have."""
    containers: Mapping[str, Container]
    tasks: Mapping[str, Task]
    variables: Mapping[str, ConfigVariable]
    names: Mapping[str, Mapping[str, Position]]
    """The places of all names, also of those whose values were rejected, by section."""
    includes: tuple[Include, ...]
    others: tuple[str, ...]
    """Further files that were read for it, such as Compose files."""
    whole: bool
    """Whether all names and includes could be read, whatever is wrong with their values."""


_VARIABLE_TABLE: Final = table(
    "config_variable",
    "a config variable",
    "A value that is set per machine or per run.",
    [
        Field("description", TEXT, "What the variable is for.", nullable=True),
        Field("default", TEXT, "The value where nothing else sets one; not an expression.", nullable=True),
    ],
)


def _project_name(node: Node, _: Scope) -> str:
    name = text_of(node)
    check_name(name, IMAGE_NAME, "a project", container.NAME_RULE, node.where)
    return name


def _variable(entry: Entry, scope: Scope) -> ConfigVariable:
    name, where = entry.key.text, entry.key.where
    rule = "it takes letters, digits, dots, dashes and underscores, first a letter"
    check_name(name, VARIABLE_NAME, "a config variable", rule, where)
    if name.lower().startswith("batect") or name.startswith("taskrunner."):
        message = (
            f"'{name}' cannot name a config variable: names from 'batect' and 'taskrunner.' on are built in."
        )
        raise Rejected(Problem("config.reserved-name", message, where, "Choose another name."))
    fields = read_fields(entry.value, _VARIABLE_TABLE, scope)
    return ConfigVariable(name, where, fields.get("description"), fields.get("default"))


def _named(definition: str, what: str, read: Any, pattern: str | None = None) -> Decoder:
    schema: dict[str, Any] = {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{definition}"}}
    if pattern is not None:
        schema["propertyNames"] = {"pattern": f"^{pattern}$"}
    return Decoder(lambda node, scope: read_entries(node, what, read, scope), schema)


ROOT_TABLE: Final = table(
    "config",
    "a config file",
    "A project's containers and tasks.",
    [
        Field(
            "project_name",
            Decoder(_project_name, {"type": "string", "pattern": f"^{IMAGE_NAME}$"}),
            "The project's name, used for the images that it builds. In the root file only.",
            nullable=True,
        ),
        Field(
            "forbid_telemetry",
            BOOLEAN,
            "Whether telemetry is off for whoever runs a task of this project. In the root file only.",
        ),
        Field(
            "containers",
            _named(
                "container",
                "containers is a map from names to containers",
                container.read_container,
                CONTAINER_NAME,
            ),
            "The containers, by name.",
        ),
        Field(
            "tasks",
            _named("task", "tasks is a map from names to tasks", task.read_task, task.TASK_NAME),
            "The tasks, by name.",
        ),
        Field(
            "config_variables",
            _named(
                "config_variable",
                "config_variables is a map from names to variables",
                _variable,
                VARIABLE_NAME,
            ),
            "The config variables, by name.",
        ),
        Field(
            "include",
            INCLUDES,
            "Further config files.",
        ),
    ],
    {"patternProperties": {"^\\.": {}}},
)

TABLES: Final[tuple[Table, ...]] = (
    ROOT_TABLE,
    *container.TABLES,
    *(mounts.VOLUME_TABLE, mounts.DEVICE_TABLE, mounts.PORT_TABLE),
    *task.TABLES,
    _VARIABLE_TABLE,
    INCLUDE_TABLE,
)
"""Every object of the format."""


def read_file(root: Node, file: str, problems: list[Problem]) -> FileContent | None:
    """Decode a config file, adding to the problems; None if its root is not a map."""
    others: list[str] = []
    scope = Scope(os.path.dirname(file), problems, others)
    if isinstance(root, MappingNode):
        root = _without_extensions(root, scope)
    try:
        fields = read_fields(root, ROOT_TABLE, scope)
    except Rejected as rejected:
        problems.extend(rejected.problems)
        return None
    includes = fields.get("include", (None,) if fields.has("include") else ())
    sections = {name: fields.node(name) for name in ("containers", "tasks", "config_variables")}
    root_only = {
        "project_name": fields.has("project_name"),
        "forbid_telemetry": fields.get("forbid_telemetry"),
    }
    return FileContent(
        file=file,
        project_name=fields.get("project_name"),
        forbid_telemetry=fields.get("forbid_telemetry", False),
        root_only={name: fields.key(name) for name, given in root_only.items() if given},
        containers=fields.get("containers", {}),
        tasks=fields.get("tasks", {}),
        variables=fields.get("config_variables", {}),
        names={name: keys_only(node) for name, node in sections.items()},
        includes=tuple(include for include in includes if include is not None),
        others=tuple(dict.fromkeys(others)),
        whole=None not in includes and not any(map(_is_no_map, sections.values())),
    )


def _is_no_map(node: Node | None) -> bool:
    return node is not None and not isinstance(node, MappingNode)


def _without_extensions(root: MappingNode, scope: Scope) -> MappingNode:
    """Leave out the keys that start with a dot: they hold what other parts of the file repeat."""
    kept: dict[str, Entry] = {}
    for name, entry in root.entries.items():
        if not name.startswith("."):
            kept[name] = entry
        elif not entry.value.anchored:
            message = f"'{name}' has no anchor, so nothing can use it."
            hint = "Write an anchor before its value, such as &name, and use it elsewhere with *name."
            scope.problems.append(Problem("config.extension-without-anchor", message, entry.key.where, hint))
    return root._replace(entries=kept)
