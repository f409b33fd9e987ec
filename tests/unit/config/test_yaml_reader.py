"""From YAML to located nodes."""

from typing import TYPE_CHECKING

import pytest

from taskrunner.config import yaml_reader
from taskrunner.config.nodes import MappingNode, Node, ScalarNode, SequenceNode, Source
from taskrunner.config.yaml_reader import parse

if TYPE_CHECKING:
    from taskrunner.errors import Problem


def read(text: str) -> Node:
    """Return the root of a text that has nothing wrong with it."""
    found: list[Problem] = []
    node = parse(Source("f.yml", text), found)
    assert not found
    assert node is not None
    return node


def wrong(text: str) -> list[tuple[str, int, int]]:
    """Return reference, line and column of each problem of a text."""
    found: list[Problem] = []
    parse(Source("f.yml", text), found)
    return [(p.reference, p.where.line, p.where.column) for p in found if p.where]


def plain(node: Node) -> object:
    """Return a node as text, lists and dicts; None for what is absent."""
    if isinstance(node, ScalarNode):
        return None if node.null else node.text
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    return {name: plain(entry.value) for name, entry in node.entries.items()}


def test_scalars_stay_text() -> None:
    """Nothing is taken for a number, a time, a date or a truth value."""
    written = ["22:22", "010", "1.10", "yes", "0x1f", "2024-01-01", "1e3", "=", "true", "NULL", ".inf"]

    assert plain(read("".join(f"- {text}\n" for text in written))) == written


def test_nulls_are_plain_scalars_only() -> None:
    """Quotes, tags and blocks make text of what would be null."""
    assert plain(read("[null, ~, , 'null', \"~\", '', !!str null]".replace(", ,", ", !!null x,"))) == [
        None,
        None,
        None,
        "null",
        "~",
        "",
        "null",
    ]
    assert plain(read("a:\nb: |\n  null\n")) == {"a": None, "b": "null\n"}


def test_places_count_characters_from_one() -> None:
    """Columns count characters, not bytes, also after a wide one."""
    node = read("é: x\n😀: {世: 'y z'}\n")

    assert isinstance(node, MappingNode)
    inner = node.entries["😀"].value
    assert isinstance(inner, MappingNode)
    assert [entry.value.where[1:] for entry in node.entries.values()] == [(1, 4, 1), (2, 4, 10)]
    assert inner.entries["世"].value.where[1:] == (2, 8, 5)


def test_widths_end_with_the_line() -> None:
    """Text that goes on below is underlined to the end of its first line."""
    node = read("a: some\n  text\nb: |  # c\n  x\nc: 'q\n  r'\nd:\n  e: f\n")

    assert isinstance(node, MappingNode)
    widths = {name: entry.value.where.width for name, entry in node.entries.items()}
    assert widths == {"a": 4, "b": 6, "c": 2, "d": 1}


def test_merge_keys() -> None:
    """A map's own keys win, and of merged maps the earlier one."""
    text = """\
.a: &a {x: a, y: a}
.b: &b {y: b, z: b}
c: {<<: [*a, *b], x: own}
d: {<<: *a, <<x: 1}
e: {<<: {q: 1}}
"""
    node = plain(read(text))

    assert isinstance(node, dict)
    assert node["c"] == {"x": "own", "y": "a", "z": "b"}
    assert node["d"] == {"<<x": "1", "x": "a", "y": "a"}
    assert node["e"] == {"q": "1"}


def test_aliases_stand_for_their_anchors() -> None:
    """An alias has the value of its anchor, and its place, whatever kind of value it is."""
    node = read("a: &t text\nb: *t\nc: &l [x]\nd: *l\n")

    assert isinstance(node, MappingNode)
    assert plain(node) == {"a": "text", "b": "text", "c": ["x"], "d": ["x"]}
    assert node.entries["b"].value.where == node.entries["a"].value.where


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3", [("config.duplicate-key", 3, 1)]),
        ("a: {<<: {}, <<: {}}", [("config.duplicate-key", 1, 13)]),
        ("a: {<<: text}", [("config.bad-merge", 1, 9)]),
        ("a: {<<: [{}, [x]]}", [("config.bad-merge", 1, 14)]),
        ("? [a]\n: b", [("config.bad-key", 1, 3)]),
        ("~: b", [("config.bad-key", 1, 1)]),
        ("a: !!binary x", [("config.unknown-tag", 1, 4)]),
        ("a: !own {}\nb: !own []", [("config.unknown-tag", 1, 4), ("config.unknown-tag", 2, 4)]),
        ("a: 1\n---\nb: 2", [("config.several-documents", 2, 1)]),
        ("a: *b", [("config.unknown-anchor", 1, 4)]),
        ("a: &a {b: [*a]}", [("config.recursive-alias", 1, 12)]),
        ('a: "x\\0"', [("config.null-character", 1, 4)]),
        ("a: b: c", [("config.yaml-syntax", 1, 5)]),
        ("a: [b", [("config.yaml-syntax", 1, 6)]),
        ("a: [b\n\n", [("config.yaml-syntax", 1, 6)]),
        ("é: \x07", [("config.bad-character", 1, 4)]),
        ("é: ok\n  \x00", [("config.bad-character", 2, 3)]),
        ("a: \ufffe", [("config.bad-character", 1, 4)]),
    ],
)
def test_problems(text: str, expected: list[tuple[str, int, int]]) -> None:
    """What is wrong as YAML is reported with its place."""
    assert wrong(text) == expected


def test_the_pure_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML's C extension the nodes are equal, widths and places included."""
    text = "a: &x [1, 'two', null, ]\nb: {<<: {c: d}, e: *x}\nf: |\n  g\n  h\ni:\nj: é  # k\n"
    source = Source("f.yml", text)
    fast = parse(source, [])

    monkeypatch.setattr(yaml_reader, "_LOADER", yaml_reader.yaml.BaseLoader)

    assert parse(source, []) == fast
    assert isinstance(fast, MappingNode)


def test_tabs_are_named() -> None:
    """The parser's words do not tell that a tab is the mistake; the hint does."""
    found: list[Problem] = []

    parse(Source("f.yml", "tasks:\n\tbuild: x\n"), found)

    assert [problem.hint for problem in found] == ["YAML takes no tabs for indentation: use spaces."]


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000, "? " * 5000, "[" * 300_000])
def test_deep_nesting_is_a_problem(text: str) -> None:
    """Text that nests without end neither crashes nor hangs."""
    assert [reference for reference, *_ in wrong(text)] == ["config.nested-too-deeply"]


@pytest.mark.parametrize("use", ["[{0}]", "{{<<: [{0}]}}"])
def test_aliases_cannot_fill_the_memory(use: str) -> None:
    """Aliases of aliases stop the load before they stand for millions of values."""
    lines = [".a0: &a0 {x: y}"]
    lines += [f".a{n}: &a{n} " + use.format(", ".join([f"*a{n - 1}"] * 10)) for n in range(1, 12)]

    assert [reference for reference, *_ in wrong("\n".join(lines))] == ["config.too-many-aliases"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "~\n", "null # nothing\n"])
def test_a_text_without_a_value(text: str) -> None:
    """A file without a value has no root, and that is no problem of the YAML."""
    found: list[Problem] = []

    assert parse(Source("f.yml", text), found) is None
    assert not found
