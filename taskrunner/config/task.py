"""The fields of a task."""

from collections.abc import Iterator, Mapping
from typing import Final

from taskrunner.config import task_files
from taskrunner.config.decode import (
    Decoder,
    Field,
    Fields,
    Rejected,
    Scope,
    list_of,
    read_entries,
    read_fields,
    table,
    text_of,
)
from taskrunner.config.dependencies import DEPENDENCIES
from taskrunner.config.environment import ENV_FILES, ENVIRONMENT
from taskrunner.config.model import Customisation, Prerequisite, Reference, Task, TaskRun
from taskrunner.config.mounts import PORTS
from taskrunner.config.nodes import Entry, MappingNode, Node
from taskrunner.config.scalars import (
    COMMAND,
    EXPRESSION,
    FILLED_TEXT,
    REFERENCE,
    TASK_NAME,
    TEXT,
    TEXT_SCHEMA,
    check_name,
)
from taskrunner.errors import Problem

__all__ = ["TABLES", "TASK_NAME", "TASK_TABLE", "read_task"]

RUN_TABLE: Final = table(
    "run",
    "a task's run",
    "What the task runs; what stands here overrides the container's own settings.",
    [
        Field("container", REFERENCE, "The container to run: the task's main container.", required=True),
        Field("command", COMMAND, "The command to run; not run by a shell.", nullable=True),
        Field("entrypoint", COMMAND, "The entrypoint, which the command is added to.", nullable=True),
        Field("environment", ENVIRONMENT, "Environment variables, added to those of the container."),
        Field("env_file", ENV_FILES, "Files of environment variables, added to the container's."),
        Field("ports", PORTS, "Ports of the host, added to those of the container."),
        Field("working_directory", FILLED_TEXT, "The folder in which the command runs.", nullable=True),
    ],
)

CUSTOMISATION_TABLE: Final = table(
    "customisation",
    "a customisation",
    "What the task changes of a container other than its main one.",
    [
        Field("environment", ENVIRONMENT, "Environment variables, added to those of the container."),
        Field("env_file", ENV_FILES, "Files of environment variables, added to the container's."),
        Field("ports", PORTS, "Ports of the host, added to those of the container."),
        Field("working_directory", FILLED_TEXT, "The folder in which the command runs.", nullable=True),
    ],
)


def _run(node: Node, scope: Scope) -> TaskRun:
    fields = read_fields(node, RUN_TABLE, scope)
    return TaskRun(
        container=fields.need("container"),
        command=fields.get("command"),
        entrypoint=fields.get("entrypoint"),
        environment=fields.get("environment", {}),
        ports=fields.get("ports", ()),
        working_directory=fields.get("working_directory"),
        env_files=fields.get("env_file", ()),
    )


def _customisations(node: Node, scope: Scope) -> Mapping[str, Customisation]:
    what = "customise is a map from names of containers to what changes of them"
    return read_entries(node, what, _customisation, scope)


def _customisation(entry: Entry, scope: Scope) -> Customisation:
    fields = read_fields(entry.value, CUSTOMISATION_TABLE, scope)
    return Customisation(
        container=Reference(entry.key.text, entry.key.where),
        environment=fields.get("environment", {}),
        ports=fields.get("ports", ()),
        working_directory=fields.get("working_directory"),
        env_files=fields.get("env_file", ()),
    )


PREREQUISITE_TABLE: Final = table(
    "prerequisite",
    "a prerequisite",
    "A task to run before another one, with arguments for its command.",
    [
        Field("task", FILLED_TEXT, "The task; `*` stands for any characters.", required=True),
        Field("arguments", list_of(EXPRESSION), "Words to add to its command; expressions."),
    ],
)


def _prerequisite(node: Node, scope: Scope) -> Prerequisite:
    if not isinstance(node, MappingNode):
        return Prerequisite(text_of(node, "a name"), node.where)
    fields = read_fields(node, PREREQUISITE_TABLE, scope)
    return Prerequisite(fields.need("task"), fields.value("task"), fields.get("arguments", ()))


def _identity(prerequisite: Prerequisite) -> str:
    return " ".join((prerequisite.name, *(argument.source for argument in prerequisite.arguments)))


_PREREQUISITES: Final = list_of(
    Decoder(_prerequisite, {"anyOf": [TEXT_SCHEMA, {"$ref": "#/$defs/prerequisite"}]}),
    same=_identity,
    duplicates="task",
)

TASK_TABLE: Final = table(
    "task",
    "a task",
    "Something to run, with its prerequisites and the containers that it needs.",
    [
        Field(
            "run",
            Decoder(_run, {"$ref": "#/$defs/run"}),
            "What to run. A task without it only has prerequisites.",
        ),
        Field("description", TEXT, "One line for the list of tasks."),
        Field("group", TEXT, "The heading under which the list of tasks shows it."),
        Field("dependencies", DEPENDENCIES, "Containers that must be ready before the main one starts."),
        Field(
            "prerequisites", _PREREQUISITES, "Tasks to run before this one; `*` stands for any characters."
        ),
        Field(
            "customise",
            Decoder(
                _customisations,
                {"type": "object", "additionalProperties": {"$ref": "#/$defs/customisation"}},
            ),
            "What the task changes of containers other than its main one, by container.",
        ),
        *task_files.FIELDS,
    ],
    {
        "anyOf": [{"required": ["run"]}, {"required": ["prerequisites"]}],
        "dependentRequired": {"dependencies": ["run"], "inputs": ["run"], "outputs": ["inputs"]},
    },
)

TABLES: Final = (TASK_TABLE, RUN_TABLE, CUSTOMISATION_TABLE, PREREQUISITE_TABLE)

_NAME_RULE: Final = (
    "it takes letters, digits, dots, dashes, underscores and colons, first and last a letter or digit"
)


def read_task(entry: Entry, scope: Scope) -> Task:
    """Decode a task and its name. Raises Rejected where no task can be made of it."""
    name, where = entry.key.text, entry.key.where
    try:
        check_name(name, TASK_NAME, "a task", _NAME_RULE, where)
    except Rejected as rejected:
        scope.problems.extend(rejected.problems)
    fields = read_fields(entry.value, TASK_TABLE, scope)
    task = Task(
        name=name,
        where=where,
        run=fields.get("run"),
        description=fields.get("description", ""),
        group=fields.get("group", ""),
        dependencies=fields.get("dependencies", ()),
        prerequisites=fields.get("prerequisites", ()),
        customise=fields.get("customise", {}),
        inputs=fields.get("inputs"),
        outputs=fields.get("outputs"),
    )
    scope.problems.extend(task_files.broken_rules(fields))
    scope.problems.extend(_broken_rules(task, fields))
    return task


_WITHOUT_RUN: Final = "Remove it, or say under `run` which container runs."


def _broken_rules(task: Task, fields: Fields) -> Iterator[Problem]:
    if not fields.has("run"):
        rejected = fields.has("prerequisites") and fields.get("prerequisites") is None
        if not task.prerequisites and not rejected:
            message = f"The task '{task.name}' does nothing: it needs 'run', 'prerequisites' or both."
            hint = "Say under `run` which container runs, or name the tasks that it stands for."
            yield Problem("config.task-without-work", message, task.where, hint)
        if task.dependencies:
            message = "The key 'dependencies' is only permitted together with 'run'."
            yield Problem("config.key-not-permitted", message, fields.key("dependencies"), _WITHOUT_RUN)
    main = task.run.container.name if task.run else None
    for name, customisation in task.customise.items():
        if name == main:
            message = f"'{name}' is the task's main container: what changes of it stands under 'run'."
            hint = "Move the keys there."
            yield Problem("config.customised-main-container", message, customisation.container.where, hint)
