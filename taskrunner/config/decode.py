"""Decoders: from located nodes to values, one table of fields an object.

The tables are the format's only description: decoding, the lists of known keys, the suggestions, the
JSON Schema and the checks of the reference page all read them.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from taskrunner.config.nodes import Entry, MappingNode, Node, ScalarNode, SequenceNode, is_null, quoted
from taskrunner.errors import Position, Problem

__all__ = [
    "Decoder",
    "Field",
    "Fields",
    "Rejected",
    "Scope",
    "Table",
    "empty_text",
    "item_without_value",
    "keys_only",
    "list_of",
    "map_of",
    "read_entries",
    "read_fields",
    "table",
    "text_of",
]


class Scope(NamedTuple):
    """What holds for all of one file while it is decoded."""

    directory: str
    """Where relative paths in the file start."""
    problems: list[Problem]
    others: list[str] | None = None
    """Takes the paths of further files that are read for it."""


class Rejected(Exception):  # noqa: N818  it carries problems, it is none
    """A value that cannot be decoded; without problems where they have been noted already."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


Schema: TypeAlias = Mapping[str, Any]


class Decoder(NamedTuple):
    """How one type of value is read, and what a JSON Schema says of it."""

    read: Callable[[Node, Scope], Any]
    """Raises Rejected."""
    schema: Schema


class Field(NamedTuple):
    """One key of an object."""

    name: str
    decoder: Decoder
    description: str
    required: bool = False
    nullable: bool = False
    """Whether `null` stands for "not given"."""


class Table(NamedTuple):
    """The keys that an object may have."""

    name: str
    """Names the definition in the JSON Schema."""
    title: str
    """What the object is, with its article, for messages."""
    description: str
    fields: Mapping[str, Field]
    rules: Schema
    """What a JSON Schema can say of several keys together."""


def table(
    name: str, title: str, description: str, fields: Iterable[Field], rules: Schema | None = None
) -> Table:
    """Return a table of fields, in the order given."""
    return Table(name, title, description, {field.name: field for field in fields}, rules or {})


class Fields:
    """The decoded values of one object, and the places of its keys."""

    __slots__ = ("_entries", "_values", "where")

    def __init__(self, node: MappingNode, values: dict[str, Any]) -> None:
        self.where = node.where
        self._entries = node.entries
        self._values = values

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field's value, or the default where it is absent or was rejected."""
        return self._values.get(name, default)

    def need(self, name: str) -> Any:
        """Return a required field's value. Raises Rejected where the problem with it has been noted."""
        if name not in self._values:
            raise Rejected
        return self._values[name]

    def has(self, name: str) -> bool:
        """Return whether the key is there, even if its value was rejected."""
        return name in self._entries

    def node(self, name: str) -> Node | None:
        """Return a key's value as it was written, or None where the key is absent."""
        return self._entries[name].value if name in self._entries else None

    def key(self, name: str) -> Position:
        """Return the place of a key that is there."""
        return self._entries[name].key.where

    def value(self, name: str) -> Position:
        """Return the place of a key's value."""
        return self._entries[name].value.where


def read_fields(node: Node, fields: Table, scope: Scope) -> Fields:
    """Decode an object by its table, noting every problem. Raises Rejected for anything but a map."""
    mapping = _mapping(node, f"{fields.title} is a map")
    values: dict[str, Any] = {}
    absent: set[str] = set()
    for name, entry in mapping.entries.items():
        field = fields.fields.get(name)
        if field is None:
            scope.problems.append(_unknown_key(fields, entry.key))
        elif field.nullable and is_null(entry.value):
            absent.add(name)
        else:
            _read_into(values, entry, field.decoder.read, scope)
    for name, field in fields.fields.items():
        if field.required and name not in mapping.entries:
            message = f"The key '{name}' is missing: {fields.title} needs it."
            hint = f"Add it: {field.description[:1].lower()}{field.description[1:]}"
            scope.problems.append(Problem("config.missing-key", message, mapping.where, hint))
    if absent:
        given = {name: entry for name, entry in mapping.entries.items() if name not in absent}
        mapping = mapping._replace(entries=given)
    return Fields(mapping, values)


def read_entries(
    node: Node,
    what: str,
    read: Callable[[Entry, Scope], Any],
    scope: Scope,
    *,
    absent: Callable[[Entry], Any] | None = None,
) -> dict[str, Any]:
    """Decode a map whose keys are names, noting every problem; entries that are rejected are left out.

    `absent` reads the entries without a value; where it is not given, they are problems.
    """
    values: dict[str, Any] = {}
    for name, entry in _mapping(node, what).entries.items():
        if absent is None and is_null(entry.value):
            scope.problems.append(_no_value(entry))
            continue
        try:
            is_absent = absent is not None and is_null(entry.value)
            values[name] = absent(entry) if absent is not None and is_absent else read(entry, scope)
        except Rejected as rejected:
            scope.problems.extend(rejected.problems)
    return values


def _read_into(
    values: dict[str, Any], entry: Entry, read: Callable[[Node, Scope], Any], scope: Scope
) -> None:
    if is_null(entry.value):
        scope.problems.append(_no_value(entry))
        return
    try:
        values[entry.key.text] = read(entry.value, scope)
    except Rejected as rejected:
        scope.problems.extend(rejected.problems)


def _mapping(node: Node, what: str) -> MappingNode:
    if isinstance(node, MappingNode):
        return node
    found = "a list" if isinstance(node, SequenceNode) else "text"
    hint = "Write `key: value` on lines of their own, indented by two blanks."
    raise Rejected(
        Problem("config.expected-map", f"{_sentence(what)}, but here is {found}.", node.where, hint)
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _no_value(entry: Entry) -> Problem:
    message = f"The key '{entry.key.text}' has no value."
    hint = 'Remove the key; if empty text is meant, write "".'
    return Problem("config.no-value", message, entry.key.where, hint)


def item_without_value(node: Node) -> Problem:
    """Return the problem of a dash with nothing behind it."""
    hint = 'Remove the dash; if empty text is meant, write "".'
    return Problem("config.no-value", "This item of the list has no value.", node.where, hint)


def empty_text(node: Node) -> Problem:
    """Return the problem of a text that has to say something."""
    hint = "Write what is meant, or remove it with its key or dash."
    return Problem("config.empty-text", "This text must not be empty.", node.where, hint)


def _unknown_key(fields: Table, key: ScalarNode) -> Problem:
    from taskrunner.config.suggest import key_meant

    known = ", ".join(sorted(fields.fields))
    message = f"The key {quoted(key.text)} is not known: {fields.title} has the keys {known}."
    return Problem("config.unknown-key", message, key.where, key_meant(key.text, fields.fields))


def text_of(node: Node, what: str = "text") -> str:
    """Return the text of a scalar. Raises Rejected for anything else."""
    if isinstance(node, ScalarNode):
        return node.text
    found = "a list" if isinstance(node, SequenceNode) else "a map"
    message = f"Here is {found}, but {what} is expected."
    hint = "Write it on the same line as the key, in quotes where it has characters such as [, { or #."
    raise Rejected(Problem("config.expected-text", message, node.where, hint))


def list_of(
    item: Decoder, *, same: Callable[[Any], Hashable] | None = None, duplicates: str | None = None
) -> Decoder:
    """Return the decoder of a list.

    With `same`, items for which it returns equal values are one: the first stays. With `duplicates`,
    which names an item, they are problems instead.
    """

    def read(node: Node, scope: Scope) -> tuple[Any, ...]:
        values: list[Any] = []
        seen: set[Hashable] = set()
        for child in _items(node):
            value = _read_item(item, child, scope)
            if value is _REJECTED:
                continue
            if same is not None:
                identity = same(value)
                if identity in seen:
                    if duplicates is not None:
                        message = f"The {duplicates} '{identity}' is in this list twice."
                        hint = "Remove one of them."
                        scope.problems.append(Problem("config.duplicate-item", message, child.where, hint))
                    continue
                seen.add(identity)
            values.append(value)
        return tuple(values)

    schema: dict[str, Any] = {"type": "array", "items": item.schema}
    if duplicates is not None:
        schema["uniqueItems"] = True
    return Decoder(read, schema)


def _items(node: Node) -> tuple[Node, ...]:
    if isinstance(node, SequenceNode):
        return node.items
    found = "a map" if isinstance(node, MappingNode) else "text"
    hint = "Write each item on a line of its own, after a dash."
    raise Rejected(
        Problem("config.expected-list", f"A list is expected, but here is {found}.", node.where, hint)
    )


_REJECTED = object()


def _read_item(item: Decoder, node: Node, scope: Scope) -> Any:
    if is_null(node):
        scope.problems.append(item_without_value(node))
        return _REJECTED
    try:
        return item.read(node, scope)
    except Rejected as rejected:
        scope.problems.extend(rejected.problems)
        return _REJECTED


def map_of(value: Decoder, what: str) -> Decoder:
    """Return the decoder of a map from any names to values of one type."""

    def read(node: Node, scope: Scope) -> dict[str, Any]:
        return read_entries(node, what, lambda entry, inner: value.read(entry.value, inner), scope)

    return Decoder(read, {"type": "object", "additionalProperties": value.schema})


def keys_only(node: Node | None) -> dict[str, Position]:
    """Return the keys of a map and their places; nothing for anything but a map."""
    if not isinstance(node, MappingNode):
        return {}
    return {name: entry.key.where for name, entry in node.entries.items()}
