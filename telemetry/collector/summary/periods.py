"""Days, ISO weeks and months in UTC, as numbers that can be counted with and as names."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

__all__ = [
    "MILLISECONDS_A_DAY",
    "day_name",
    "day_number",
    "month_days",
    "month_name",
    "month_of",
    "today",
    "week_days",
    "week_name",
    "week_number",
    "week_of",
]

MILLISECONDS_A_DAY: Final = 24 * 3600 * 1000
_EPOCH: Final = date(1970, 1, 1)
_THURSDAY: Final = 3
"""1970 began on a Thursday, three days after a Monday."""


def today(now: float) -> int:
    """Return the day, in days since 1970, of an instant in seconds since 1970."""
    return int(now // 86400)


def day_name(day: int) -> str:
    """Return a day as `2026-11-26`."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def day_number(name: str) -> int:
    """Return the days from 1970 to `2026-11-26`. Raises ValueError for another form."""
    return (date.fromisoformat(name) - _EPOCH).days


def week_of(day: int) -> int:
    """Return the number of the ISO week that holds a day; weeks are counted on from that of 1970-01-01."""
    return (day + _THURSDAY) // 7


def week_days(week: int) -> range:
    """Return the seven days of a week, Monday first."""
    return range(week * 7 - _THURSDAY, week * 7 - _THURSDAY + 7)


def week_name(week: int) -> str:
    """Return a week as ISO 8601 names it: `2026-W47`."""
    return (_EPOCH + timedelta(days=week_days(week)[0])).strftime("%G-W%V")


def week_number(name: str) -> int:
    """Return the number of `2026-W47`. Raises ValueError for another form."""
    return week_of((datetime.strptime(name + "-1", "%G-W%V-%u").replace(tzinfo=UTC).date() - _EPOCH).days)


def month_of(day: int) -> int:
    """Return the months from January of the year 0 to the one that holds a day."""
    found = _EPOCH + timedelta(days=day)
    return found.year * 12 + found.month - 1


def month_days(month: int) -> range:
    """Return the days of a month."""
    first, after = (date(each // 12, each % 12 + 1, 1) for each in (month, month + 1))
    return range((first - _EPOCH).days, (after - _EPOCH).days)


def month_name(month: int) -> str:
    """Return a month as `2026-11`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"
