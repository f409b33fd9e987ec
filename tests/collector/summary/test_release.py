"""The rules by which numbers may be public."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.collector.summary.release import LEAST_PEOPLE, floor_tens, pool
from tests.support.linear import Sums

CELLS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40), max_size=8)


def _pooled(cells: dict[str, int]) -> tuple[dict[str, int], int] | None:
    found = pool(cells, LEAST_PEOPLE, sum)
    if found is None:
        return None
    return {value: cells[value] for value in found.shown}, sum(cells[value] for value in found.hidden)


@given(CELLS)
def test_threshold(cells: dict[str, int]) -> None:
    """Each cell that comes out has ten people or more, and so has the pool unless it is empty."""
    found = _pooled(cells)
    if found is None:
        assert sum(cells.values()) < LEAST_PEOPLE
        return
    shown, rest = found
    assert all(people >= LEAST_PEOPLE for people in shown.values())
    assert rest == 0 or rest >= LEAST_PEOPLE
    assert sum(shown.values()) + rest == sum(cells.values())


@given(CELLS)
def test_subtraction_within(cells: dict[str, int]) -> None:
    """Whatever shown cells are subtracted from the total, nobody or at least ten people are left."""
    found = _pooled(cells)
    if found is None:
        return
    shown, _ = found
    total = sum(cells.values())
    for number in range(len(shown) + 1):
        for chosen in combinations(shown.values(), number):
            left = total - sum(chosen)
            assert left == 0 or left >= LEAST_PEOPLE


@given(CELLS)
def test_pool_forces_nothing(cells: dict[str, int]) -> None:
    """That each cell in a pool is small does not tell that any of them is not empty."""
    found = pool(cells, LEAST_PEOPLE, sum)
    if found is None or not found.hidden:
        return
    hidden = [cells[value] for value in found.hidden]
    only_small = all(people < LEAST_PEOPLE for people in hidden)
    if only_small and found.shown:
        others_at_most = (LEAST_PEOPLE - 1) * (len(hidden) - 1)
        assert sum(hidden) - others_at_most <= 0


def test_two_nines() -> None:
    """Two cells of nine are not pooled by themselves: their sum would tell that each is nine."""
    found = pool({"a": 100, "b": 30, "c": 9, "d": 9}, LEAST_PEOPLE, sum)

    assert found is not None
    assert found.shown == ("a",)
    assert set(found.hidden) == {"b", "c", "d"}


def test_pool_takes_more() -> None:
    """A single small cell takes the next larger one with it."""
    found = pool({"a": 100, "b": 12, "c": 3}, LEAST_PEOPLE, sum)

    assert found is not None
    assert found.shown == ("a",)
    assert found.hidden == ("c", "b")


def test_too_few() -> None:
    """Nothing is said of nine people."""
    assert pool({"a": 5, "b": 4}, LEAST_PEOPLE, sum) is None


@settings(max_examples=300)
@given(st.integers(0, 200), st.integers(0, 200))
def test_floors(outer: int, inner: int) -> None:
    """Two numbers in whole tens never tell that between one and nine people are in one group alone."""
    inner = min(inner, outer)
    least = floor_tens(outer) - floor_tens(inner) - 9
    most = floor_tens(outer) + 9 - floor_tens(inner)
    assert least <= outer - inner <= most
    assert not (least >= 1 and most <= LEAST_PEOPLE - 1)


def test_attacker_can_count() -> None:
    """The attacker of these tests finds what can be found: a part, from the whole and the other part."""
    sums = Sums(3)
    sums.learn([0, 1, 2], 30)
    sums.learn([0, 1], 27)

    assert sums.told([2]) == 3
    assert sums.told([0]) is None
