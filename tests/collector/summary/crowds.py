"""Random crowds of people, to look for one of them in what is published."""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

__all__ = ["crowds"]

T = TypeVar("T")


def crowds(kinds: Sequence[T]) -> st.SearchStrategy[list[T]]:
    """Return crowds around the threshold, in which some kinds are frequent and others are single people."""
    few = st.lists(st.sampled_from(kinds), min_size=0, max_size=25)
    groups = st.lists(st.tuples(st.sampled_from(kinds), st.integers(1, 30)), max_size=6)
    return st.builds(
        lambda single, many: [*single, *(kind for kind, number in many for _ in range(number))], few, groups
    )
