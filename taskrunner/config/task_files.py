"""What a task says of the files that it reads and writes: `inputs` and `outputs`."""

from collections.abc import Iterator
from typing import Final

from taskrunner.config.decode import Decoder, Field, Fields, Scope, list_of
from taskrunner.config.model import FilePatterns
from taskrunner.config.nodes import Node
from taskrunner.config.scalars import FILLED_TEXT
from taskrunner.errors import Problem

__all__ = ["FIELDS", "broken_rules"]

_TEXTS: Final = list_of(FILLED_TEXT, same=lambda text: text, duplicates="pattern")


def _patterns(node: Node, scope: Scope) -> FilePatterns:
    return FilePatterns(scope.directory, _TEXTS.read(node, scope), node.where)


PATTERNS: Final = Decoder(_patterns, {**_TEXTS.schema, "minItems": 1})

FIELDS: Final = (
    Field(
        "inputs",
        PATTERNS,
        "Files that the task reads: it is skipped while they and all that it needs are unchanged.",
    ),
    Field(
        "outputs",
        PATTERNS,
        "Files that the task writes: it is skipped while they are as it left them.",
    ),
)


def broken_rules(fields: Fields) -> Iterator[Problem]:
    """Yield what is wrong with a task's files, given all of its fields."""
    for name in ("inputs", "outputs"):
        patterns: FilePatterns | None = fields.get(name)
        if patterns is None:
            continue
        if not fields.has("run"):
            message = f"The key '{name}' is only permitted together with 'run'."
            hint = "Remove it, or say under `run` which container runs."
            yield Problem("config.key-not-permitted", message, fields.key(name), hint)
        if all(text.startswith("!") for text in patterns.texts):
            message = f"'{name}' names no files: it needs a pattern that does not start with '!'."
            hint = "Add one, such as `src/**`; those with a '!' take files away from it."
            yield Problem("config.no-files-named", message, patterns.where, hint)
    if fields.has("outputs") and not fields.has("inputs"):
        message = "The key 'outputs' is only permitted together with 'inputs'."
        hint = "Name the files that the task reads under `inputs`, or remove the key."
        yield Problem("config.key-not-permitted", message, fields.key("outputs"), hint)
