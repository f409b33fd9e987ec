"""From YAML text to located nodes.

Built on parser events, not on `yaml.compose`: the composer recurses once per level of nesting, which
text of a few kilobytes turns into a crash, and forgets where an alias stands.
"""

from collections.abc import Iterator
from typing import Any, Final

import yaml

from taskrunner.config.nodes import Entry, MappingNode, Node, ScalarNode, SequenceNode, Source
from taskrunner.config.suggest import did_you_mean
from taskrunner.errors import Problem

__all__ = ["parse"]

_DEEPEST: Final = 100
"""Levels of nesting; the format itself needs seven."""

_MOST_REPEATED: Final = 100_000
"""Values that aliases may add to a file, so that a few nested ones cannot fill the memory."""

_MOST_VALUES: Final = 400_000
"""Of one file; a large one has ten thousand, and more would keep a person waiting."""

_TOO_DEEP: Final = "Is it a config file? If so, do its brackets and indentation end where they should?"

_NULLS: Final = frozenset({"", "~", "null"})

# Tags that only say what a plain YAML file says anyway (YAML 1.2, section 10.1 and 10.2).
_PREFIX: Final = "tag:yaml.org,2002:"
_SCALAR_TAGS: Final = frozenset({None, "!", *(_PREFIX + kind for kind in ("str", "int", "float", "bool"))})
_NULL_TAG: Final = _PREFIX + "null"
_SEQUENCE_TAGS: Final = frozenset({None, "!", _PREFIX + "seq"})
_MAPPING_TAGS: Final = frozenset({None, "!", _PREFIX + "map"})

_LOADER: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def parse(source: Source, problems: list[Problem]) -> Node | None:
    """Return the root value of a YAML text, adding to the problems what is wrong with it as YAML.

    Returns None for a text without a value, and for one that cannot be read to its end.
    """
    try:
        return _Builder(source, problems).build(yaml.parse(source.text, Loader=_LOADER))
    except _StopReading as stop:
        problems.append(stop.problem)
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax_problem(source, error))
    except yaml.reader.ReaderError:
        problems.append(_character_problem(source))
    return None


class _StopReading(Exception):  # noqa: N818  it carries a problem, it is none
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Open:
    """A list or map whose end has not been reached."""

    __slots__ = ("anchor", "children", "event", "weight")

    def __init__(self, event: Any) -> None:
        self.event = event
        self.anchor: str | None = event.anchor
        self.children: list[Node] = []
        self.weight = 1


class _Builder:
    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems
        self.open: list[_Open] = []
        self.root: Node | None = None
        self.anchors: dict[str, Node | None] = {}
        self.weights: dict[str, int] = {}
        self.repeated = 0
        self.count = 0

    def build(self, events: Iterator[Any]) -> Node | None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._add(self._scalar(event), 1)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    message = "A config file holds one YAML document; a second one starts here."
                    hint = "Put it into a file of its own, and include that."
                    raise _StopReading(self._problem("config.several-documents", message, hint, event))
        return None if self.root is None or _is_nothing(self.root) else self.root

    def _add(self, node: Node, weight: int) -> None:
        if self.open:
            self.open[-1].children.append(node)
            self.open[-1].weight += weight
        else:
            self.root = node

    def _scalar(self, event: Any) -> ScalarNode:
        text = event.value
        self.count += 1
        if self.count > _MOST_VALUES:
            message = f"This file has more than {_MOST_VALUES:,} values."
            hint = "Is it a config file? If so, split it, and include the parts."
            raise _StopReading(self._problem("config.file-too-large", message, hint, event))
        null = event.tag == _NULL_TAG or (not event.style and event.tag is None and text in _NULLS)
        if event.tag is not None and not null:
            self._check_tag(event, _SCALAR_TAGS)
        if "\0" in text:
            message = "Text cannot contain the character NUL."
            hint = "Remove it: no program could get it as an argument or a variable."
            self.problems.append(self._problem("config.null-character", message, hint, event))
            text = text.replace("\0", "")
        start = event.start_mark
        node = ScalarNode(
            source=self.source,
            line=start.line + 1,
            column=start.column + 1,
            width=_width(event),
            anchored=event.anchor is not None,
            text=text,
            null=null,
        )
        if event.anchor is not None:
            self.anchors[event.anchor] = node
            self.weights[event.anchor] = 1
        return node

    def _start(self, event: Any) -> None:
        is_map = isinstance(event, yaml.MappingStartEvent)
        self._check_tag(event, _MAPPING_TAGS if is_map else _SEQUENCE_TAGS)
        if len(self.open) == _DEEPEST:
            message = f"This is nested too deeply: {_DEEPEST} levels are the most."
            raise _StopReading(self._problem("config.nested-too-deeply", message, _TOO_DEEP, event))
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(_Open(event))

    def _end(self, end: Any) -> None:
        done = self.open.pop()
        node: Node
        if isinstance(done.event, yaml.MappingStartEvent):
            node = self._mapping(done, end)
        else:
            start = done.event.start_mark
            width = _collection_width(done, end)
            anchored = done.anchor is not None
            items = tuple(done.children)
            node = SequenceNode(self.source, start.line + 1, start.column + 1, width, anchored, items)
        if done.anchor is not None:
            self.anchors[done.anchor] = node
            self.weights[done.anchor] = done.weight
        self._add(node, done.weight)

    def _mapping(self, done: _Open, end: Any) -> MappingNode:
        start = done.event.start_mark
        width = _collection_width(done, end)
        entries = self._entries(done)
        anchored = done.anchor is not None
        return MappingNode(self.source, start.line + 1, start.column + 1, width, anchored, entries)

    def _entries(self, done: _Open) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        merge: Entry | None = None
        pairs = iter(done.children)
        for key, value in zip(pairs, pairs, strict=True):
            if not isinstance(key, ScalarNode) or key.null:
                message, hint = "A key must be text.", "Write it in quotes, if it is meant."
                self.problems.append(Problem("config.bad-key", message, key.where, hint))
                continue
            first = merge.key if merge and key.text == "<<" else None
            if key.text in entries:
                first = entries[key.text].key
            if first is not None:
                message = f"The key '{key.text}' is here twice: the first is on line {first.line}."
                hint = "Keep one of them, with all that belongs to it."
                self.problems.append(Problem("config.duplicate-key", message, key.where, hint))
            elif key.text == "<<":
                merge = Entry(key, value)
            else:
                entries[key.text] = Entry(key, value)
        if merge is not None:
            self._merge(entries, merge.value)
        return entries

    def _merge(self, entries: dict[str, Entry], value: Node) -> None:
        # What stands in the map itself wins, then the earlier of the merged maps: YAML's merge key type.
        for merged in value.items if isinstance(value, SequenceNode) else (value,):
            if not isinstance(merged, MappingNode):
                message = "The merge key << takes a map or a list of maps, most often as aliases (*name)."
                hint = "Name a map by its anchor: `<<: *name`, where `&name` stands before the map."
                self.problems.append(Problem("config.bad-merge", message, merged.where, hint))
                continue
            for name, entry in merged.entries.items():
                entries.setdefault(name, entry)

    def _alias(self, event: Any) -> None:
        name = event.anchor
        if name not in self.anchors:
            message = f"There is no anchor &{name} before this."
            hint = did_you_mean(name, self.anchors) or f"Write &{name} before the value that is meant."
            raise _StopReading(self._problem("config.unknown-anchor", message, hint, event))
        target = self.anchors[name]
        if target is None:
            message = f"The value of the anchor &{name} contains itself."
            hint = "Write out what is meant here."
            raise _StopReading(self._problem("config.recursive-alias", message, hint, event))
        self.repeated += self.weights[name]
        if self.repeated > _MOST_REPEATED:
            message = f"The aliases of this file stand for more than {_MOST_REPEATED:,} values."
            hint = "Use fewer of them, and none for maps that have many themselves."
            raise _StopReading(self._problem("config.too-many-aliases", message, hint, event))
        self._add(target, self.weights[name])

    def _check_tag(self, event: Any, accepted: frozenset[str | None]) -> None:
        if event.tag not in accepted:
            message = f"The tag {event.tag} is not known here."
            self.problems.append(self._problem("config.unknown-tag", message, "Leave it out.", event))

    def _problem(self, reference: str, message: str, hint: str, event: Any) -> Problem:
        start = event.start_mark
        where = self.source.position(start.line + 1, start.column + 1, _width(event))
        return Problem(reference, message, where, hint)


def _is_nothing(root: Node) -> bool:
    return isinstance(root, ScalarNode) and root.null


def _width(event: Any) -> int:
    """Return the width of what stands on one line; 0, the rest of its line, for what goes on below."""
    start, end = event.start_mark, event.end_mark
    return max(end.column - start.column, 1) if start.line == end.line else 0


def _collection_width(done: _Open, end: Any) -> int:
    """Return the width of a list or map in brackets, else that of the first thing in it."""
    start = done.event.start_mark
    if done.event.flow_style:
        return end.end_mark.column - start.column if end.end_mark.line == start.line else 1
    first = done.children[0] if done.children else None
    same_place = first is not None and (first.line, first.column) == (start.line + 1, start.column + 1)
    return first.width if first is not None and same_place else 1


def _syntax_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    reason = error.problem or error.context or "the text ends too early"
    lines = source.text.rstrip().splitlines() or [""]
    if mark is None or mark.line >= len(lines):
        # Past the end there is nothing to show: the end of the text is pointed at.
        line, column = len(lines), len(lines[-1]) + 1
    else:
        line, column = mark.line + 1, mark.column + 1
    if "nesting depth" in reason:
        # libyaml looks ahead of what it hands out, and newer ones have a limit of their own.
        message = f"This is nested too deeply: {_DEEPEST} levels are the most."
        return Problem("config.nested-too-deeply", message, source.position(line, column, 1), _TOO_DEEP)
    remedy = None
    if lines[line - 1][column - 1 : column] == "\t":
        remedy = "YAML takes no tabs for indentation: use spaces."
    elif error.context and error.context_mark and error.context_mark.line + 1 != line:
        remedy = f"It was noticed {error.context} that starts on line {error.context_mark.line + 1}."
    where = source.position(line, column, 1)
    return Problem("config.yaml-syntax", f"This is not valid YAML: {reason}.", where, remedy)


def _character_problem(source: Source) -> Problem:
    """Find what the parser only names by its byte offset: a character that YAML forbids."""
    before = source.text
    for offset, character in enumerate(source.text):
        if not _is_allowed(character):
            before = source.text[:offset]
            message = f"The character U+{ord(character):04X} is not allowed in YAML."
            break
    else:
        message = "The file contains a character that is not allowed in YAML."
    line = before.count("\n")
    column = len(before) - (before.rfind("\n") + 1)
    hint = 'Remove it, or write it with an escape in double quotes, such as "\\u001B".'
    return Problem("config.bad-character", message, source.position(line + 1, column + 1, 1), hint)


def _is_allowed(character: str) -> bool:
    code = ord(character)
    if code < 0x20:
        return character in "\t\n\r"
    return code <= 0x7E or code == 0x85 or (code >= 0xA0 and code not in {0xFFFE, 0xFFFF})
