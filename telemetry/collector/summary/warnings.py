"""Warns of a source that changed its output: a field of which much more is `other` than it used to be."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from telemetry.collector.aggregates.model import AggregateStore
from telemetry.collector.summary.quality import is_jump

__all__ = ["Jump", "daily_shares", "jumps"]

_DAYS: Final = 28
_SHARES: Final = """
SELECT c.name, c.segment, p.period,
       SUM(CASE WHEN c.value = 'other' THEN c.sessions ELSE 0 END), SUM(c.sessions)
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = 'production' AND p.kind = 'day' AND c.topic = 'quality'
  AND c.name <> 'late'
  AND p.first_day > (
    SELECT MAX(first_day) FROM publications WHERE application = :application AND kind = 'day'
  ) - :days
GROUP BY c.name, c.segment, p.period ORDER BY c.name, c.segment, p.period
"""


class Jump(NamedTuple):
    """A field of which much more was `other` on one day than on the days before."""

    field: str
    day: str
    share: float

    def __str__(self) -> str:
        return (
            f"{self.field} was `other` in {self.share:.0%} of the sessions of {self.day}, "
            "far more than usual: has its source changed?"
        )


async def daily_shares(store: AggregateStore, application: str) -> dict[str, list[tuple[str, float]]]:
    """Return the share of `other` by field and day of the last four weeks.

    Of those who have the most sessions with the field: on a day on which nothing may be told of them, the
    few others would look like a change.
    """
    shares: dict[str, dict[str, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
    sizes: Counter[tuple[str, str]] = Counter()
    rows = await store.query(_SHARES, {"application": application, "days": _DAYS})
    for name, segment, day, others, told in rows:
        if told:
            shares[name][segment].append((day, others / told))
            sizes[name, segment] += int(told)
    return {
        name: found[max(found, key=lambda segment, name=name: sizes[name, segment])]  # type: ignore[misc]
        for name, found in shares.items()
    }


async def jumps(store: AggregateStore, application: str) -> Sequence[Jump]:
    """Return the fields of which the last published day is out of line."""
    return [
        Jump(name, *days[-1])
        for name, days in (await daily_shares(store, application)).items()
        if is_jump([share for _, share in days])
    ]
