"""What follows from when people were seen: how many there are in a month, and how many left."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.periods import week_days, week_name, week_of
from telemetry.collector.summary.release import Chance, floor_tens, least_of, least_remainder, near_ten
from telemetry.collector.summary.scan import Presence

__all__ = ["LEAVING_WEEKS", "leaving_rows", "month_rows"]

LEAVING_WEEKS: Final = 4
"""So long somebody has to be unseen to count as gone."""


def month_rows(
    presences: Sequence[Presence], days: range, weekly: Sequence[int], least: int, chance: Chance
) -> list[Row]:
    """Return the people of a month: ids that last, and of those that change each week the most in a week.

    One of the two tens beside it, and low enough for the weeks within it, of which `weekly` has the published
    numbers: a few people who were there in the month and in none of some weeks must look as if they could
    be nobody.
    """
    stable = sum(_seen(each.stable, each.first, days) for each in presences)
    weeks = [_within(week_days(week), days) for week in {week_of(day) for day in days}]
    changing = max(sum(_seen(each.weekly, each.first, week) for each in presences) for week in weeks)
    # The threshold counts people within one week, since an id of the level basic is another in the next.
    in_a_week = max(sum(_seen(each.stable, each.first, week) for each in presences) for week in weeks)
    people = stable + changing
    if in_a_week + changing < least:
        return []
    published = near_ten(people, chance)
    for number in range(1, len(weekly) + 1):
        for some in combinations(weekly, number):
            over = least_remainder(least_of(published), some)
            if over > 0 and people - sum(some) < (number + 1) * least:
                published = floor_tens(published - over)
    return [Row("active", "month", "people", "", "people", people=published)]


def leaving_rows(presences: Sequence[Presence], week: int, first_held: int, least: int) -> Iterator[Row]:
    """Give how many people of a week were not seen in the four after it, as a whole ten.

    Only ids that last can be known to be gone. The number was computed later than those of its week, when
    others may have had their data deleted, so it is not precise enough to be subtracted from them.
    """
    days = week_days(week)
    if days[0] < first_held:
        return  # what is left of that week is not all of it
    after = range(days.stop, days.stop + 7 * LEAVING_WEEKS)
    left = stayed = 0
    for each in presences:
        during, later = _mask(each.first, days), _mask(each.first, after)
        there = [bits for bits in each.stable.values() if bits & during]
        stayed += sum(1 for bits in there if bits & later)
        left += sum(1 for bits in there if not bits & later)
    if left >= least and (stayed >= least or stayed == 0):
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
