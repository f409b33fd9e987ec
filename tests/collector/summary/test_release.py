"""The rules by which numbers may be public."""

from itertools import combinations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.collector.summary.release import (
    LEAST_PEOPLE,
    Group,
    Relation,
    least_of,
    least_remainder,
    near_ten,
    pool,
    settle,
    settle_each,
)

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


class Extreme:
    """Chance at its worst: always the first number, or always the last."""

    def __init__(self, *, last: bool) -> None:
        self._last = last

    def randrange(self, stop: int, /) -> int:
        """Return 0 or the largest number."""
        return stop - 1 if self._last else 0


@given(st.integers(0, 500), st.booleans())
def test_near(number: int, last: bool) -> None:
    """A published number is one of the two tens beside the true one; a whole ten is itself."""
    found = near_ten(number, Extreme(last=last))
    assert found % 10 == 0
    assert abs(found - number) < 10
    assert found == number or number % 10


def test_near_on_average() -> None:
    """Over many numbers the rounding takes nothing away and adds nothing."""
    chance = Random(1)
    mean = sum(near_ten(33, chance) for _ in range(4000)) / 4000
    assert 32.5 < mean < 33.5


@settings(max_examples=500)
@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(10, 60), min_size=1),
    st.integers(1, 9),
    st.booleans(),
    st.integers(0, 2**20),
)
def test_settled(parts: dict[str, int], remainder: int, up: bool, seed: int) -> None:
    """However numbers were rounded, once settled a remainder of one to nine could be nobody."""
    chance = Random(seed)
    whole = sum(parts.values()) + remainder
    published = near_ten(whole, Extreme(last=not up))
    rounded = {name: near_ten(number, chance) for name, number in parts.items()}

    settled = settle(Relation(least_of(published), remainder), parts, rounded, LEAST_PEOPLE)

    assert least_remainder(least_of(published), settled.values()) <= 0
    assert all(abs(settled[name] - number) < 10 for name, number in parts.items())


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(10, 60), min_size=1),
    st.integers(10, 120),
    st.integers(0, 99),
)
def test_every_choice_is_settled(parts: dict[str, int], people: int, seed: int) -> None:
    """Whatever some parts have in common, no choice of them tells that one to nine are left."""
    chance = Random(seed)
    whole = Group(people, near_ten(people, chance))
    parts = {name: min(number, people) for name, number in parts.items()}
    rounded = {name: near_ten(number, chance) for name, number in parts.items()}

    settled = settle_each(whole, parts, rounded, LEAST_PEOPLE)

    assert all(abs(settled[name] - number) < 10 for name, number in parts.items())
    for size in range(1, len(parts) + 1):
        for some in combinations(parts, size):
            if people - sum(parts[name] for name in some) < LEAST_PEOPLE:
                assert least_remainder(whole.least, [settled[name] for name in some]) <= 0
