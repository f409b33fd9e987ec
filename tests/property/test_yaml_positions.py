"""The places of YAML values, over generated documents."""

from typing import TYPE_CHECKING

import yaml
from hypothesis import given
from hypothesis import strategies as st

from taskrunner.config.nodes import MappingNode, Node, ScalarNode, Source
from taskrunner.config.yaml_reader import parse
from taskrunner.errors import Position
from tests.property.settings import PROFILE

if TYPE_CHECKING:
    from taskrunner.errors import Problem

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
KEYS = TEXTS.filter(lambda key: key != "<<")
DOCUMENTS = st.recursive(
    TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def leaves(node: Node) -> list[ScalarNode]:
    """Return all texts of a document, keys included."""
    if isinstance(node, ScalarNode):
        return [node]
    if isinstance(node, MappingNode):
        return [leaf for entry in node.entries.values() for leaf in (entry.key, *leaves(entry.value))]
    return [leaf for item in node.items for leaf in leaves(item)]


def contents(node: Node) -> object:
    """Return a document as text, lists and dicts."""
    if isinstance(node, ScalarNode):
        return node.text
    if isinstance(node, MappingNode):
        return {name: contents(entry.value) for name, entry in node.entries.items()}
    return [contents(item) for item in node.items]


def quoted_dump(document: object, *, flow: bool) -> str:
    """Write a document with every text in double quotes, on one line each."""
    return yaml.safe_dump(
        document, default_style='"', default_flow_style=flow, allow_unicode=True, width=10**6, sort_keys=False
    )


@PROFILE
@given(DOCUMENTS, st.booleans())
def test_places_hold_the_texts(document: object, flow: bool) -> None:
    """At each text's place the file has that text in its quotes, whatever characters come before it."""
    text = quoted_dump(document, flow=flow)
    found: list[Problem] = []
    node = parse(Source("f", text), found)
    lines = text.split("\n")

    assert node is not None
    assert not found
    assert contents(node) == document
    for leaf in leaves(node):
        _, line, column, width = leaf.where
        cut = lines[line - 1][column - 1 : column - 1 + width]
        assert yaml.safe_load(cut) == leaf.text


@PROFILE
@given(st.text(alphabet="ab: -[]{}&*!|>'\"#%@,?\n\t<é\0\x07", max_size=30))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    """Whatever the text, the reader ends, and the problems that it notes have places in the file."""
    found: list[Problem] = []
    parse(Source("f", text), found)

    for problem in found:
        assert isinstance(problem.where, Position)
        assert problem.where.line <= text.count("\n") + 1
        assert problem.where.column >= 1
        assert problem.where.width >= 1
