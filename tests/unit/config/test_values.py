"""The small notations: durations, sizes, ports, numbers and truth values."""

import pytest

from taskrunner.config.model import PortRange
from taskrunner.config.values import (
    parse_boolean,
    parse_duration,
    parse_integer,
    parse_port_range,
    parse_size,
)

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("+0", 0),
        ("1ns", 1),
        ("2us", 2_000),
        ("2\u00b5s", 2_000),
        ("2\u03bcs", 2_000),
        ("3ms", 3_000_000),
        ("1.5s", SECOND * 3 // 2),
        (".5s", SECOND // 2),
        ("1.s", SECOND),
        ("2m", 120 * SECOND),
        ("1h2m3s", 3723 * SECOND),
        ("-1.5h", -5400 * SECOND),
        ("0.3s", 300_000_000),
        ("1.0000000019s", SECOND + 1),
    ],
)
def test_durations(text: str, expected: int) -> None:
    """Durations are read as Go reads them, exact to the nanosecond and cut below it."""
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "1", "s", "1 s", "1S", ".s", "1s2", "--1s", "1d", "1e3s", "\u0661s", "9" * 30 + "h"]
)
def test_what_is_no_duration(text: str) -> None:
    """Numbers without a unit, unknown units and durations beyond 64 bits are refused."""
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("10b", 10),
        ("1k", 1024),
        ("2KB", 2048),
        ("64 m", 64 * 1024**2),
        ("1G", 1024**3),
        ("3gb", 3 * 1024**3),
    ],
)
def test_sizes(text: str, expected: int) -> None:
    """Sizes count in steps of 1024, in either case, with or without b."""
    assert parse_size(text) == expected


@pytest.mark.parametrize("text", ["", "m", "1.5g", "-1", "1t", "1bb", "1 m b", "9" * 39, "9" * 5000])
def test_what_is_no_size(text: str) -> None:
    """Fractions, signs, unknown units and sizes beyond 64 bits are refused."""
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", (1, 1)), ("65535", (65535, 65535)), ("80-90", (80, 90)), ("0080", (80, 80)), ("7-7", (7, 7))],
)
def test_port_ranges(text: str, expected: tuple[int, int]) -> None:
    """A port or an ascending range is read in decimal."""
    assert parse_port_range(text) == PortRange(*expected)


@pytest.mark.parametrize(
    "text", ["", "0", "65536", "90-80", "80-", "-80", "80-90-100", "http", "8 0", "9" * 5000]
)
def test_what_is_no_port_range(text: str) -> None:
    """Ports out of bounds and descending ranges are refused."""
    with pytest.raises(ValueError, match="port"):
        parse_port_range(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("010", 10),
        ("0x1f", 31),
        ("0o17", 15),
        ("-5", -5),
        ("+5", 5),
        ("-0x10", -16),
        ("2147483647", 2**31 - 1),
    ],
)
def test_integers(text: str, expected: int) -> None:
    """A leading zero means nothing; 0x and 0o do."""
    assert parse_integer(text) == expected


@pytest.mark.parametrize("text", ["", "1.0", "1e3", "0b1", "1_000", "2147483648", "five", "9" * 5000])
def test_what_is_no_integer(text: str) -> None:
    """Fractions, other notations and what needs more than 32 bits are refused."""
    with pytest.raises(ValueError, match="whole number"):
        parse_integer(text)


def test_booleans() -> None:
    """Six spellings are truth values, and YAML 1.1's others are not."""
    read = {text: parse_boolean(text) for text in ("true", "True", "TRUE", "false", "False", "FALSE")}

    assert read == {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
    for text in ("yes", "on", "1", "tRUE", ""):
        with pytest.raises(ValueError, match="true or false"):
            parse_boolean(text)
