"""Warns of a source that changed its output: a field of which much more is `other` than it used to be."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from telemetry.collector.aggregates.model import AggregateStore
from telemetry.collector.summary.quality import is_jump

__all__ = ["Jump", "daily_shares", "jumps"]

_DAYS: Final = 28
_SHARES: Final = """
SELECT c.name, p.period, SUM(CASE WHEN c.value = 'other' THEN c.sessions ELSE 0 END), SUM(c.sessions)
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = 'production' AND p.kind = 'day' AND c.topic = 'quality'
  AND c.name <> 'late'
  AND p.first_day > (
    SELECT MAX(first_day) FROM publications WHERE application = :application AND kind = 'day'
  ) - :days
GROUP BY c.name, p.period ORDER BY c.name, p.period
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
    """Return the share of `other` by field and day of the last four weeks."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for name, day, others, told in await store.query(_SHARES, {"application": application, "days": _DAYS}):
        if told:
            found[name].append((day, others / told))
    return found


async def jumps(store: AggregateStore, application: str) -> Sequence[Jump]:
    """Return the fields of which the last published day is out of line."""
    return [
        Jump(name, *days[-1])
        for name, days in (await daily_shares(store, application)).items()
        if is_jump([share for _, share in days])
    ]
