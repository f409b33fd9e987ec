"""Durations and sizes."""

import pytest

from taskrunner.output.humanise import duration, size


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0s"),
        (0.04, "0s"),
        (0.06, "0.1s"),
        (1.24, "1.2s"),
        (29.94, "29.9s"),
        (29.96, "30s"),
        (59.4, "59s"),
        (59.6, "1m 0s"),
        (125, "2m 5s"),
        (3599.7, "1h 0m 0s"),
        (3725, "1h 2m 5s"),
    ],
)
def test_duration(seconds: float, expected: str) -> None:
    """A duration is shown with the units that matter, and rounding never yields 60 of one."""
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (999_949, "999.9 KB"),
        (999_950, "1.0 MB"),
        (1_500_000, "1.5 MB"),
        (2_000_000_000, "2.0 GB"),
        (1_234_000_000_000_000, "1234.0 TB"),
    ],
)
def test_size(number: int, expected: str) -> None:
    """A size has one decimal of a decimal unit, and rounding never yields 1000 of one."""
    assert size(number) == expected
