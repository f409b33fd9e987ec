"""Durations and numbers of things."""

import pytest

from taskrunner.output.humanise import amount, duration


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


@pytest.mark.parametrize(("number", "expected"), [(0, "0 tins"), (1, "1 tin"), (2, "2 tins")])
def test_amount(number: int, expected: str) -> None:
    """One of a thing is singular, and every other number plural."""
    assert amount(number, "tin") == expected
