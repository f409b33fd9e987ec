"""Random crowds of people, to look for one of them in what is published."""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

__all__ = ["crowds"]

T = TypeVar("T")


def crowds(kinds: Sequence[T]) -> st.SearchStrategy[list[T]]:
    """Return crowds around the threshold, in which some kinds are frequent and others are single people.

    Some have hardly more people than may be told of at all, and some are of few kinds.
    """
    few = st.lists(st.sampled_from(kinds), min_size=0, max_size=25)
    groups = st.lists(st.tuples(st.sampled_from(kinds), st.integers(1, 30)), max_size=6)
    mixed = st.builds(
        lambda single, many: [*single, *(kind for kind, number in many for _ in range(number))], few, groups
    )
    small = st.lists(st.sampled_from(kinds), min_size=15, max_size=30)
    alike = st.lists(st.sampled_from(kinds), min_size=1, max_size=4, unique=True).flatmap(
        lambda chosen: st.lists(st.sampled_from(chosen), min_size=10, max_size=60)
    )
    return mixed | small | alike
