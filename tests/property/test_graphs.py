"""Orders and cycles, over generated graphs."""

from graphlib import CycleError, TopologicalSorter

from hypothesis import given
from hypothesis import strategies as st

from taskrunner.config.graph import walk
from taskrunner.config.wildcards import matches
from tests.property.settings import PROFILE

NAMES = "abcdefgh"
GRAPHS = st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES), max_size=3) for name in NAMES})


def reachable(graph: dict[str, list[str]], root: str) -> set[str]:
    """Return what a root leads to, itself included."""
    found, waiting = {root}, [root]
    while waiting:
        new = set(graph[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


@PROFILE
@given(GRAPHS, st.sampled_from(NAMES))
def test_a_walk_reaches_everything_once(graph: dict[str, list[str]], root: str) -> None:
    """The order has everything that is reachable, once each, and the root last."""
    found = walk([root], lambda name: graph[name])

    assert len(found.order) == len(set(found.order))
    assert set(found.order) == reachable(graph, root)
    assert found.order[-1] == root


@PROFILE
@given(GRAPHS)
def test_orders_and_cycles_agree_with_the_standard_library(graph: dict[str, list[str]]) -> None:
    """Without a cycle all needs come first; with one, a real ring is reported."""
    found = walk(graph, lambda name: graph[name])
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        assert found.cycles
    else:
        assert not found.cycles
        place = {name: index for index, name in enumerate(found.order)}
        assert all(place[needed] < place[name] for name in graph for needed in graph[name])
    for ring in found.cycles:
        for name, needed in zip(ring, (*ring[1:], ring[0]), strict=True):
            assert needed in graph[name]


@PROFILE
@given(st.text(alphabet="ab:*", max_size=8), st.text(alphabet="ab:", max_size=8))
def test_wildcards_match_as_defined(pattern: str, name: str) -> None:
    """A pattern matches exactly if some text in place of each star makes it the name."""
    assert matches(pattern, name) == matches_slowly(pattern, name)


def matches_slowly(pattern: str, name: str) -> bool:
    """Return the same, straight from the definition."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(matches_slowly(pattern[1:], name[skip:]) for skip in range(len(name) + 1))
    return name[:1] == pattern[0] and matches_slowly(pattern[1:], name[1:])
