"""The time of day and the time that passes, and how an instant is written."""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

__all__ = ["SYSTEM", "Clock", "rfc3339"]


class Clock(NamedTuple):
    """Two clocks: one that people read, and one that nobody can set back."""

    wall: Callable[[], float]
    """Seconds since 1970-01-01T00:00:00Z."""
    monotonic: Callable[[], float]
    """Seconds since some instant that stays the same for the life of the process."""


SYSTEM: Final = Clock(time.time, time.monotonic)


def rfc3339(seconds: float) -> str:
    """Return an instant as RFC 3339 writes it, in UTC and to the millisecond.

    `seconds` count from 1970-01-01T00:00:00Z. Raises OverflowError, OSError or ValueError for an
    instant that no calendar has.
    """
    milliseconds = round(seconds * 1000)
    whole, rest = divmod(milliseconds, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{rest:03d}Z"
