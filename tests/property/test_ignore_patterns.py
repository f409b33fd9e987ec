"""Ignore patterns agree with docker-py, whose authors compared theirs with Docker's own."""

from docker.utils.build import Pattern
from hypothesis import given
from hypothesis import strategies as st

from taskrunner.engine.ignore_patterns import IgnorePattern
from tests.property.settings import PROFILE

PIECES = st.sampled_from(["a", "b", "ab", "*", "**", "?", "a*", "*.b", "**a", ".", "..", "", "a.b", "[ab]"])
PATTERNS = st.builds(
    lambda negated, parts: ("!" if negated else "") + "/".join(parts),
    st.booleans(),
    st.lists(PIECES, min_size=1, max_size=4),
)
NAMES = st.lists(st.sampled_from(["a", "b", "ab", "a.b", "c"]), min_size=1, max_size=4).map("/".join)


@PROFILE
@given(PATTERNS, NAMES)
def test_patterns(pattern: str, name: str) -> None:
    """A pattern says the same about a name in both."""
    ours, theirs = IgnorePattern(pattern), Pattern(pattern)

    assert ours.exclusion == theirs.exclusion
    assert bool(ours.text) == bool(theirs.dirs)
    if ours.text:
        assert ours.match(name) == bool(theirs.match(name))
