"""Which files go when there are too many."""

from hypothesis import given
from hypothesis import strategies as st

from telemetry.retention import Kept, Limits, surplus

_NOW = 1_000_000.0

_files = st.lists(
    st.builds(
        Kept,
        st.uuids().map(str),
        st.integers(0, 50),
        st.floats(_NOW - 2000, _NOW + 2000, allow_nan=False),
    ),
    max_size=30,
    unique_by=lambda kept: kept.path,
)
_limits = st.builds(Limits, st.integers(0, 20), st.integers(0, 500), st.floats(0, 3000))


@given(_files, _limits)
def test_what_stays_is_within_the_limits(files: list[Kept], limits: Limits) -> None:
    """After the surplus has gone, number, size and age are within the limits."""
    gone = surplus(files, limits, _NOW)
    stays = [each for each in files if each not in gone]

    assert len(stays) <= limits.files
    assert sum(each.size for each in stays) <= limits.size
    assert all(abs(_NOW - each.time) <= limits.age for each in stays)


@given(_files, _limits)
def test_oldest_go_first(files: list[Kept], limits: Limits) -> None:
    """No file goes while an older one stays."""
    gone = surplus(files, limits, _NOW)
    stays = [each for each in files if each not in gone]

    newest_gone = min((abs(_NOW - each.time) for each in gone), default=float("inf"))
    assert all(abs(_NOW - each.time) <= newest_gone for each in stays)


@given(_files)
def test_nothing_goes_without_need(files: list[Kept]) -> None:
    """Within the limits every file stays."""
    assert [] == surplus(files, Limits(files=30, size=30 * 50, age=2000), _NOW)
