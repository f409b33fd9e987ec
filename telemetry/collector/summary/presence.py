"""What follows from when people were seen: how many there are in a month, and how many left."""

from collections.abc import Iterator, Sequence
from typing import Final

from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.periods import week_days, week_name, week_of
from telemetry.collector.summary.release import floor_tens
from telemetry.collector.summary.scan import Presence

__all__ = ["LEAVING_WEEKS", "leaving_rows", "month_rows"]

LEAVING_WEEKS: Final = 4
"""So long somebody has to be unseen to count as gone."""


def month_rows(presences: Sequence[Presence], days: range, least: int) -> list[Row]:
    """Return the people of a month: ids that last, and of those that change each week the most in a week.

    In whole tens, since the people of a week are among them.
    """
    stable = sum(_seen(each.stable, each.first, days) for each in presences)
    weeks = [_within(week_days(week), days) for week in {week_of(day) for day in days}]
    changing = max(sum(_seen(each.weekly, each.first, week) for each in presences) for week in weeks)
    # The threshold counts people within one week, since an id of the level basic is another in the next.
    in_a_week = max(sum(_seen(each.stable, each.first, week) for each in presences) for week in weeks)
    people = stable + changing
    if in_a_week + changing < least:
        return []
    return [Row("active", "month", "people", "", "people", people=floor_tens(people))]


def leaving_rows(presences: Sequence[Presence], week: int, first_held: int, least: int) -> Iterator[Row]:
    """Give how many people of a week were not seen in the four after it, as a whole ten.

    Only ids that last can be known to be gone. The number was computed later than those of its week, when
    others may have had their data deleted, so it is not precise enough to be subtracted from them.
    """
    days = week_days(week)
    if days[0] < first_held:
        return  # what is left of that week is not all of it
    after = range(days.stop, days.stop + 7 * LEAVING_WEEKS)
    left = sum(
        1
        for each in presences
        for bits in each.stable.values()
        if bits & _mask(each.first, days) and not bits & _mask(each.first, after)
    )
    if left >= least:
        yield Row("leaving", "people", "people", "", week_name(week), people=floor_tens(left))


def _within(some: range, days: range) -> range:
    return range(max(some.start, days.start), min(some.stop, days.stop))


def _seen(bits: dict[bytes, int], first: int, days: range) -> int:
    mask = _mask(first, days)
    return sum(1 for each in bits.values() if each & mask)


def _mask(first: int, days: range) -> int:
    start = max(0, days.start - first)
    stop = max(0, days.stop - first)
    return (1 << stop) - (1 << start)
