"""Durations and sizes, over generated values."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskrunner.config.values import parse_duration, parse_size
from tests.property.settings import PROFILE

UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
STEPS = st.lists(
    st.tuples(st.decimals(0, 999, places=3), st.sampled_from(sorted(UNITS))), min_size=1, max_size=4
)


@PROFILE
@given(STEPS, st.sampled_from(["", "+", "-"]))
def test_durations_add_up(steps: list[tuple[Decimal, str]], sign: str) -> None:
    """The steps of a duration add up exactly, each cut to whole nanoseconds."""
    text = sign + "".join(f"{number}{unit}" for number, unit in steps)
    expected = sum(int(Fraction(number) * UNITS[unit]) for number, unit in steps)

    assert parse_duration(text) == (-expected if sign == "-" else expected)


@PROFILE
@given(st.text(alphabet="0123456789.+-numsh ", max_size=8))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    """Whatever the text, it is a duration that ends with a unit or is zero, or it is refused."""
    try:
        found = parse_duration(text)
    except ValueError:
        return

    assert text[-1] in "smh" or found == 0


@PROFILE
@given(st.integers(0, 2**31), st.sampled_from(["", "b", "k", "KB", "m", " Mb", "g", "  GB"]))
def test_sizes_scale(number: int, unit: str) -> None:
    """A size is its number times its unit."""
    factor = 1024 ** " kmg".index(unit.strip().lower().removesuffix("b") or " ")

    assert parse_size(f"{number}{unit}") == number * factor


@pytest.mark.parametrize("text", ["9223372036854775807ns", "2562047h"])
def test_the_longest_durations(text: str) -> None:
    """What fits into 64 bits is read, and a nanosecond or hour more is not."""
    longest = parse_duration(text)
    assert longest <= 2**63 - 1

    with pytest.raises(ValueError, match="292 years"):
        parse_duration(text.replace("5807ns", "5808ns").replace("47h", "48h"))
