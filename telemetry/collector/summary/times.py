"""How long sessions and their steps took, each time as one small number: there are ten to a session.

A code says what took the time and in which of 256 ranges it lies; what failed has a second code that says so.
Codes are shared, so that to hold one takes 8 bytes. They mean something to the `Times` that gave them alone.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from telemetry.collector.summary.tally import COMMAND

__all__ = ["RANGES", "Times", "duration_bucket", "duration_of"]

BUCKETS_A_DOUBLING: Final = 8
"""A duration is known to 9 %: 8 ranges for each doubling, 250 for a month of milliseconds."""

RANGES: Final = 256
"""A code is its range and 256 times its kind. Each name has an even kind, and an odd one for failures."""
_MILLISECOND: Final = timedelta(milliseconds=1)


class Times:
    """Gives codes, and explains them."""

    def __init__(self, places: Mapping[str, int], command: int | None) -> None:
        """`places` are those of durations among a session's values, `command` that of its verb."""
        self._names: list[str] = []
        self._spans = _Codes(self._names, str)
        self._verbs = _Codes(self._names, lambda verb: f"{COMMAND}:{verb}")
        self._whole = self._spans[COMMAND]
        self._fields = [(place, self._spans[name]) for name, place in places.items()]
        self._command = command

    def of(self, milliseconds: int, values: Sequence[Any], spans: Sequence[Any]) -> tuple[int, ...]:
        """Return the codes of one session, which took so long, and of its spans."""
        bucket = duration_bucket(milliseconds)
        found = [self._whole[bucket]]
        verb = None if self._command is None else values[self._command]
        if verb is not None:
            found.append(self._verbs[verb][bucket])
        for place, codes in self._fields:
            if values[place] is not None:
                found.append(codes[duration_bucket(values[place])])
        for span in spans:
            codes = self._spans[span.type]
            attributes = span.attributes
            many = attributes.summarised_spans
            if many:
                # Many spans told as one: their mean stands for them, once.
                found.append(codes[duration_bucket((attributes.total_duration or 0) / many)])
            else:
                found.append(codes[duration_bucket((span.endTime - span.startTime) // _MILLISECOND)])
                if attributes.failed:
                    found.append(codes[RANGES])
        return tuple(found)

    def name(self, kind: int) -> tuple[str, bool]:
        """Return what codes of a kind are about, and whether they say that it failed."""
        return self._names[kind // 2], kind % 2 == 1

    def grouped(self, codes: Mapping[int, int]) -> dict[str, tuple[Counter[int], int]]:
        """Return how often each range was there, by name, and how often that failed."""
        buckets: dict[str, Counter[int]] = defaultdict(Counter)
        failed: Counter[str] = Counter()
        for code, number in codes.items():
            name, is_failure = self.name(code // RANGES)
            if is_failure:
                failed[name] += number
            else:
                buckets[name][code % RANGES] += number
        return {name: (found, failed[name]) for name, found in buckets.items()}


class _Codes(dict[Any, Sequence[int]]):
    """The codes of each name, by what it is made from; given when they are first asked for."""

    def __init__(self, names: list[str], name: Callable[[Any], str]) -> None:
        super().__init__()
        self._names = names
        self._name = name

    def __missing__(self, key: Any) -> Sequence[int]:
        first = len(self._names) * 2 * RANGES
        self._names.append(self._name(key))
        codes = self[key] = tuple(range(first, first + RANGES + 1))
        return codes


def _bucket(milliseconds: float) -> int:
    return min(RANGES - 1, int(math.log2(max(0.0, milliseconds) + 1) * BUCKETS_A_DOUBLING))


_TABLED: Final = 60_000
_BUCKETS: Final = bytes(map(_bucket, range(_TABLED)))
"""Of times up to a minute, which nearly all are: looking one up takes a third of the time."""


def duration_bucket(milliseconds: float) -> int:
    """Return the range that holds a duration, from 0 to 255."""
    if 0 <= milliseconds < _TABLED:
        return _BUCKETS[int(milliseconds)]
    return _bucket(milliseconds)


def duration_of(bucket: int) -> int:
    """Return the milliseconds in the middle of a range."""
    return round(2 ** ((bucket + 0.5) / BUCKETS_A_DOUBLING) - 1)
