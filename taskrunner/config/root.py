"""The fields of a config file as a whole."""

import os
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from taskrunner.config import container, mounts, task
from taskrunner.config.decode import (
    Decoder,
    Field,
    Rejected,
    Scope,
    Table,
    keys_only,
    list_of,
    read_entries,
    read_fields,
    table,
    text_of,
)
from taskrunner.config.model import ConfigVariable, Container, Task
from taskrunner.config.nodes import Entry, MappingNode, Node, ScalarNode
from taskrunner.config.scalars import (
    BOOLEAN,
    CONTAINER_NAME,
    FILLED_TEXT,
    IMAGE_NAME,
    TEXT,
    VARIABLE_NAME,
    check_name,
    choice,
)
from taskrunner.errors import Position, Problem

__all__ = [
    "BUILT_IN",
    "ROOT_TABLE",
    "TABLES",
    "FileContent",
    "FileInclude",
    "GitInclude",
    "Include",
    "read_file",
]

BUILT_IN: Final = ("batect.project_directory", "taskrunner.project_directory")
"""Config variables that always have a value: the folder of the root file."""


class FileInclude(NamedTuple):
    """Another config file to read."""

    path: str
    """Absolute."""
    where: Position


class GitInclude(NamedTuple):
    """A config file in a git repository."""

    repo: str
    ref: str
    path: str
    where: Position


Include: TypeAlias = FileInclude | GitInclude


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

_INCLUDE_TYPES: Final = {"file": "file", "git": "git"}

_INCLUDE_TABLE: Final = table(
    "include",
    "an include",
    "Another config file, whose containers, tasks and config variables belong to the project too.",
    [
        Field("type", choice(_INCLUDE_TYPES, "a type of include"), "`file` or `git`.", required=True),
        Field(
            "path",
            FILLED_TEXT,
            "For `file`: the file, relative to this one. For `git`: the file in the repository.",
        ),
        Field("repo", FILLED_TEXT, "For `git`: the repository, as `git clone` takes it."),
        Field("ref", FILLED_TEXT, "For `git`: the tag, commit or branch."),
    ],
    {
        "oneOf": [
            {"properties": {"type": {"const": "file"}, "repo": False, "ref": False}, "required": ["path"]},
            {"properties": {"type": {"const": "git"}}, "required": ["repo", "ref"]},
        ]
    },
)
_BUNDLE: Final = "batect-bundle.yml"


def _project_name(node: Node, _: Scope) -> str:
    name = text_of(node)
    check_name(name, IMAGE_NAME, "a project", container.NAME_RULE, node.where)
    return name


def _include_if_right(node: Node, scope: Scope) -> Include | None:
    """Decode an include; None for one with problems, so that it is seen that names may be missing."""
    try:
        return _include(node, scope)
    except Rejected as rejected:
        scope.problems.extend(rejected.problems)
        return None


def _include(node: Node, scope: Scope) -> Include:
    if isinstance(node, ScalarNode):
        return _file_include(FILLED_TEXT.read(node, scope), node.where, scope)
    fields = read_fields(node, _INCLUDE_TABLE, scope)
    if fields.need("type") == "file":
        for name in ("repo", "ref"):
            if fields.has(name):
                message = f"An include of the type file has no key '{name}'."
                scope.problems.append(Problem("config.key-not-permitted", message, fields.key(name)))
        if not fields.has("path"):
            message = "The key 'path' is missing: an include of the type file needs it."
            raise Rejected(Problem("config.missing-key", message, fields.where))
        return _file_include(fields.need("path"), fields.value("path"), scope)
    for name in ("repo", "ref"):
        if not fields.has(name):
            message = f"The key '{name}' is missing: an include of the type git needs it."
            scope.problems.append(Problem("config.missing-key", message, fields.where))
    return GitInclude(fields.need("repo"), fields.need("ref"), fields.get("path", _BUNDLE), fields.where)


def _file_include(path: str, where: Position, scope: Scope) -> FileInclude:
    return FileInclude(os.path.normpath(os.path.join(scope.directory, os.path.expanduser(path))), where)


def _variable(entry: Entry, scope: Scope) -> ConfigVariable:
    name, where = entry.key.text, entry.key.where
    rule = "it takes letters, digits, dots, dashes and underscores, first a letter"
    check_name(name, VARIABLE_NAME, "a config variable", rule, where)
    if name.lower().startswith("batect") or name.startswith("taskrunner."):
        message = (
            f"'{name}' cannot name a config variable: names from 'batect' and 'taskrunner.' on are built in."
        )
        raise Rejected(Problem("config.reserved-name", message, where))
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
            list_of(
                Decoder(
                    _include_if_right,
                    {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/$defs/include"}]},
                ),
                same=lambda include: include and (type(include).__name__, include[:-1]),
            ),
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
    _INCLUDE_TABLE,
)
"""Every object of the format."""


def read_file(root: Node, file: str, problems: list[Problem]) -> FileContent | None:
    """Decode a config file, adding to the problems; None if its root is not a map."""
    scope = Scope(os.path.dirname(file), problems)
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
