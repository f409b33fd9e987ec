"""Reads stored sessions once, and counts them in parts that have no person in common."""

from collections import defaultdict
from functools import cache
from typing import Final, NamedTuple

from telemetry.catalog import Catalog
from telemetry.collector.stores.protocol import Part, RawStore, StoredSession
from telemetry.collector.summary.counting import Counting
from telemetry.collector.summary.periods import MILLISECONDS_A_DAY, week_days, week_of
from telemetry.collector.summary.quality import DayQuality
from telemetry.collector.summary.reading import Reader, Session, is_release, major_minor
from telemetry.collector.summary.tally import Tally

__all__ = ["DEVELOPMENT", "PRODUCTION", "Days", "Found", "Presence", "Wanted", "scan", "site_of"]

_LONGEST_WAIT: Final = 40
"""Days; sessions can have waited that long before they came."""

PRODUCTION: Final = "production"
DEVELOPMENT: Final = "development"


class Wanted(NamedTuple):
    """What to read, and what to make of it."""

    days: tuple[int, ...]
    """Days on which sessions came, in their order."""
    judged: frozenset[int]
    """Those of which the quality is wanted."""
    weeks: frozenset[int]
    """Weeks in which sessions were recorded, to be counted."""
    grace: int
    """Days after a week's end for sessions that come late."""
    most: int | None = None
    """So many sessions of a person and week count, where there is a limit."""


class Presence(NamedTuple):
    """On which days people were seen: a bit a day, counted from `first`."""

    first: int
    stable: dict[bytes, int]
    """By ids that stay the same from week to week."""
    weekly: dict[bytes, int]
    """By ids of the level `basic`, which change with the week."""


class Days(NamedTuple):
    """What the days that were read hold of one site."""

    presence: Presence
    quality: dict[int, DayQuality]
    late: dict[int, int]
    """Sessions that came when their week was published already, by the day on which they came."""


class Found(NamedTuple):
    """What was found of a part of the people."""

    sites: dict[str, Days]
    weeks: dict[int, dict[str, Tally]]
    """By week and site."""


def site_of(version: str) -> str:
    """Return the site that shows a version: development for all but exactly X.Y.Z."""
    return PRODUCTION if is_release(version) else DEVELOPMENT


async def scan(raw: RawStore, catalog: Catalog, wanted: Wanted, part: Part) -> Found:
    """Read days once; a week's sessions are held in memory until the last of them can have come."""
    reading = _Reading(catalog, wanted)
    for day in wanted.days:
        reading.count_weeks_before(day)
        async for batch in raw.sessions(day, application=catalog.application_id, part=part):
            for row in batch:
                reading.take(day, row)
        reading.finish(day)
    reading.count_weeks_before(None)
    return Found(dict(reading.sites), reading.weeks)


class _Reading:
    """What was read so far."""

    def __init__(self, catalog: Catalog, wanted: Wanted) -> None:
        self._reader = Reader(catalog)
        self._wanted = wanted
        self._level = self._reader.place("telemetryLevel")
        self._first = min(wanted.days, default=0) - _LONGEST_WAIT
        self._held: dict[int, dict[str, _Week]] = defaultdict(lambda: defaultdict(_Week))
        self._site = cache(site_of)
        self._version = cache(major_minor)
        self.weeks: dict[int, dict[str, Tally]] = {}
        self.sites: dict[str, Days] = defaultdict(
            lambda: Days(Presence(self._first, {}, {}), {}, defaultdict(int))
        )

    def take(self, day: int, row: StoredSession) -> None:
        """Count a session that came on a day."""
        started = row.started // MILLISECONDS_A_DAY
        week = week_of(started)
        site = self._site(row.version)
        counts = week in self._wanted.weeks and day < week_days(week).stop + self._wanted.grace
        session = self._reader.read(self._version(row.version), row.started, row.ended, row.body)
        if session is None:
            self._held[week][site].unreadable += counts
            return
        if session.segment == "people":
            self._note(self.sites[site].presence, row.user_id, session, started)
        if day in self._wanted.judged:
            days = self.sites[site]
            if day not in days.quality:
                days.quality[day] = DayQuality(self._reader)
            days.quality[day].add(row.user_id, session)
            days.late[day] += day >= week_days(week).stop + self._wanted.grace
        if counts:
            self._held[week][site].add(row.user_id, session, self._wanted.most)

    def finish(self, day: int) -> None:
        """Count how good a day's data is, of which all was read."""
        for days in self.sites.values():
            if day in days.quality:
                days.quality[day].finish()

    def count_weeks_before(self, day: int | None) -> None:
        """Count the weeks of which no session can come any more from a day on; None counts all."""
        for week in sorted(self._held):
            if day is None or week_days(week).stop + self._wanted.grace <= day:
                held = self._held.pop(week)
                if week in self._wanted.weeks:
                    bounded = self._wanted.most is not None
                    self.weeks[week] = {
                        site: found.counted(self._reader, bounded=bounded) for site, found in held.items()
                    }

    def _note(self, presence: Presence, user: bytes, session: Session, started: int) -> None:
        basic = self._level is not None and session.values[self._level] == "basic"
        seen = presence.weekly if basic else presence.stable
        seen[user] = seen.get(user, 0) | 1 << max(0, started - self._first)


class _Week:
    """The sessions of one week and site."""

    def __init__(self) -> None:
        self.unreadable = 0
        self._people: dict[tuple[bytes, str], list[Session]] = defaultdict(list)

    def add(self, user: bytes, session: Session, most: int | None) -> None:
        sessions = self._people[user, session.segment]
        if most is None or len(sessions) < most:
            sessions.append(session)

    def counted(self, reader: Reader, *, bounded: bool) -> Tally:
        counting = Counting(reader, bounded=bounded)
        for (user, segment), sessions in self._people.items():
            counting.add(user, segment, sessions)
        return counting.result(self.unreadable)
