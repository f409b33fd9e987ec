"""Percentiles of durations that are known by the range they lie in."""

from collections.abc import Mapping

from telemetry.collector.summary.times import duration_of

__all__ = ["percentile"]


def percentile(buckets: Mapping[int, int], share: float) -> int:
    """Return the milliseconds that this share of the times stayed below, to 9 % and two digits.

    Two digits, and the middle of a range: nobody's exact time can be read from it.
    """
    wanted = share * sum(buckets.values())
    passed = 0
    for bucket in sorted(buckets):
        passed += buckets[bucket]
        if passed >= wanted:
            return _two_digits(duration_of(bucket))
    return 0


def _two_digits(number: int) -> int:
    if number < 100:
        return number
    size: int = 10 ** (len(str(number)) - 2)
    return round(number / size) * size
