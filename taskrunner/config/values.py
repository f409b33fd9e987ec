"""The small notations inside texts: truth values, whole numbers, durations, sizes and ports."""

import re
from typing import Final

from taskrunner.config.model import PortRange

__all__ = [
    "DURATION",
    "PORT_RANGE",
    "SIZE",
    "is_image",
    "parse_boolean",
    "parse_duration",
    "parse_integer",
    "parse_port_range",
    "parse_size",
]

BOOLEANS: Final = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}

# The micro sign and the Greek letter look alike; Go's durations take both.
_STEP: Final = "([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)"
DURATION: Final = "[-+]?(?:0|(?:(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)"
_NANOSECONDS: Final = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}

SIZE: Final = "[0-9]+\\s*[mMkKgG]?[bB]?"
_UNITS: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}

PORT_RANGE: Final = "[0-9]+(?:-[0-9]+)?"

# The engine's grammar of references: github.com/distribution/reference.
_HOST_PART: Final = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST: Final = f"(?:{_HOST_PART}(?:\\.{_HOST_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?"
_PART: Final = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*"
_TAG: Final = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST: Final = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
IMAGE: Final = f"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::{_TAG})?(?:@{_DIGEST})?"
_LONGEST_IMAGE: Final = 1024

_INTEGER: Final = "[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|[0-9]+)"

_LARGEST_INT32: Final = 2**31 - 1
_LARGEST_INT64: Final = 2**63 - 1
_LONGEST: Final = 40
"""Characters of a number that is converted: Python refuses, or takes long over, thousands of digits."""


def parse_boolean(text: str) -> bool:
    """Return a truth value: `true` or `false`, also in capitals. Raises ValueError."""
    if text not in BOOLEANS:
        raise ValueError("true or false")
    return BOOLEANS[text]


def parse_integer(text: str) -> int:
    """Return a whole number of 32 bits: decimal (`010` is ten), `0x…` or `0o…`. Raises ValueError."""
    if len(text) > _LONGEST or not re.fullmatch(_INTEGER, text):
        raise ValueError("a whole number")
    digits = text.lstrip("+-")
    base = {"0x": 16, "0o": 8}.get(digits[:2].lower(), 10)
    number = -int(digits, base) if text.startswith("-") else int(digits, base)
    if not -_LARGEST_INT32 - 1 <= number <= _LARGEST_INT32:
        raise ValueError(f"a whole number from {-_LARGEST_INT32 - 1} to {_LARGEST_INT32}")
    return number


def parse_duration(text: str) -> int:
    """Return nanoseconds: `0`, or numbers with units as in `1h30m`, `1.5s` or `200ms`, with or without sign.

    The notation is that of Go's time.ParseDuration. Raises ValueError.
    """
    if len(text) > _LONGEST or not re.fullmatch(DURATION, text):
        raise ValueError("a duration such as 500ms, 2s or 1m30s")
    total = sum(_nanoseconds(number, _NANOSECONDS[unit]) for number, unit in re.findall(_STEP, text))
    if total > _LARGEST_INT64:
        raise ValueError("a duration of less than 292 years")
    return -total if text.startswith("-") else total


def _nanoseconds(number: str, unit: int) -> int:
    """Return a decimal number of units, cut to whole nanoseconds; floats would lose some of them."""
    whole, _, fraction = number.partition(".")
    scale: int = 10 ** len(fraction)
    return int(whole or "0") * unit + int(fraction or "0") * unit // scale


def parse_size(text: str) -> int:
    """Return bytes: a whole number, with `k`, `m` or `g` (of 1024) and `b` after it or not.

    Raises ValueError.
    """
    if len(text) > _LONGEST or not re.fullmatch(SIZE, text):
        raise ValueError("a size such as 1048576, 64m or 2gb")
    lowered = text.lower().rstrip("b").rstrip()
    digits = lowered.rstrip("kmg")
    size = int(digits) * _UNITS[lowered[len(digits) :].strip()]
    if size > _LARGEST_INT64:
        raise ValueError("a size of less than 8 EiB")
    return size


def parse_port_range(text: str) -> PortRange:
    """Return one port (`8080`) or an ascending range (`8080-8090`), each from 1 to 65535.

    Raises ValueError.
    """
    if len(text) > _LONGEST or not re.fullmatch(PORT_RANGE, text):
        raise ValueError("a port such as 8080 or a range such as 8080-8090")
    first, _, last = text.partition("-")
    ports = PortRange(int(first), int(last or first))
    if not all(1 <= port <= 65535 for port in ports):
        raise ValueError("ports from 1 to 65535")
    if ports.first > ports.last:
        raise ValueError("a range whose first port is not above its last")
    return ports


def is_image(text: str) -> bool:
    """Return whether a text can name an image: its name, with a tag or digest or not, or its id."""
    return len(text) <= _LONGEST_IMAGE and re.fullmatch(IMAGE, text) is not None
