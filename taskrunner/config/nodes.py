"""The values of a config file as YAML gave them: text, lists and maps, each with its place."""

import re
from typing import TypeAlias

from taskrunner.errors import Position
from taskrunner.records import NamedTuple

__all__ = [
    "Entry",
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "Source",
    "is_null",
    "quoted",
    "within",
]

# YAML 1.1, section 4.2: what counts as a line break, for libyaml as for PyYAML.
_LINE_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"

_LONGEST_QUOTE = 80


class Source:
    """A config file's name and text."""

    __slots__ = ("_lines", "file", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._lines: list[str] | None = None

    def position(self, line: int, column: int, width: int) -> Position:
        """Return a place; a width of 0 stands for the rest of the line."""
        return Position(self.file, line, column, width or self._rest(line, column))

    def _rest(self, line: int, column: int) -> int:
        if self._lines is None:
            self._lines = re.split(_LINE_BREAK, self.text)
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return max(len(text.rstrip()) - column + 1, 1)


class ScalarNode(NamedTuple):
    """Text, as written: nothing is taken for a number, a date or a truth value."""

    source: Source
    line: int
    column: int
    width: int
    anchored: bool
    text: str
    null: bool
    """Whether this is `null`, `~` or nothing at all, without quotes."""

    @property
    def where(self) -> Position:
        """The place of the first line of the text, quotes included."""
        return self.source.position(self.line, self.column, self.width)


class SequenceNode(NamedTuple):
    """A list."""

    source: Source
    line: int
    column: int
    width: int
    anchored: bool
    items: tuple["Node", ...]

    @property
    def where(self) -> Position:
        """The place where the list starts."""
        return self.source.position(self.line, self.column, self.width)


class MappingNode(NamedTuple):
    """A map, with merge keys already applied; keys are text, each once."""

    source: Source
    line: int
    column: int
    width: int
    anchored: bool
    entries: dict[str, "Entry"]

    @property
    def where(self) -> Position:
        """The place where the map starts."""
        return self.source.position(self.line, self.column, self.width)


Node: TypeAlias = ScalarNode | SequenceNode | MappingNode


class Entry(NamedTuple):
    """One key of a map and its value."""

    key: ScalarNode
    value: Node


def is_null(node: Node) -> bool:
    """Return whether a value is absent: `null`, `~` or nothing, without quotes."""
    return isinstance(node, ScalarNode) and node.null


def quoted(text: str) -> str:
    """Return text for a message, in quotes and cut where it is long."""
    return f"'{text[:_LONGEST_QUOTE]}…'" if len(text) > _LONGEST_QUOTE else f"'{text}'"


def within(where: Position, text: str, offset: int, width: int) -> Position:
    """Return the place of a part of a scalar's text.

    That is the scalar's own place where the file does not hold the text character by character,
    as in a block or in quotes with escapes.
    """
    quotes = where.width - len(text)
    if quotes not in {0, 2}:
        return where
    return where._replace(column=where.column + quotes // 2 + offset, width=max(width, 1))
