"""Reads stored sessions once, and counts them in parts that have no person in common."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple

from telemetry.catalog import Catalog
from telemetry.collector.stores.protocol import RawStore, StoredSession
from telemetry.collector.summary.counting import Counting
from telemetry.collector.summary.periods import MILLISECONDS_A_DAY, week_days, week_of
from telemetry.collector.summary.quality import DayQuality
from telemetry.collector.summary.reading import Reader, Session, is_release, major_minor
from telemetry.collector.summary.tally import Tally

__all__ = [
    "DEVELOPMENT",
    "PRODUCTION",
    "Days",
    "DaysScan",
    "Part",
    "Presence",
    "WeekScan",
    "scan_days",
    "scan_week",
    "site_of",
]

PRODUCTION: Final = "production"
DEVELOPMENT: Final = "development"


class Part(NamedTuple):
    """One of `parts` shares of the people, told apart by their ids, which are evenly spread."""

    number: int
    parts: int

    def has(self, user: bytes) -> bool:
        """Return whether a person belongs to this part."""
        return user[-1] % self.parts == self.number


class WeekScan(NamedTuple):
    """What to read for a week."""

    week: int
    grace: int
    """Days after its end, for sessions that come late."""
    most: int | None = None
    """So many sessions of a person count, where there is a limit."""


class DaysScan(NamedTuple):
    """What to read for days."""

    days: tuple[int, ...]
    judged: tuple[int, ...]
    """Those of which the quality is wanted too."""
    grace: int


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


def site_of(version: str) -> str:
    """Return the site that shows a version: development for all but exactly X.Y.Z."""
    return PRODUCTION if is_release(version) else DEVELOPMENT


async def scan_week(raw: RawStore, catalog: Catalog, wanted: WeekScan, part: Part) -> dict[str, Tally]:
    """Count a week's sessions by site."""
    reader = Reader(catalog)
    days, most = week_days(wanted.week), wanted.most
    found: dict[str, dict[tuple[bytes, str], list[Session]]] = defaultdict(lambda: defaultdict(list))
    unreadable: dict[str, int] = defaultdict(int)
    first, after = days.start * MILLISECONDS_A_DAY, days.stop * MILLISECONDS_A_DAY
    async for batch in _batches(raw, catalog, range(days.start, days.stop + wanted.grace)):
        for row in batch:
            if not (first <= row.started < after and part.has(row.user_id)):
                continue
            site = site_of(row.version)
            session = reader.read(major_minor(row.version), row.started, row.ended, row.body)
            if session is None:
                unreadable[site] += 1
                continue
            of_person = found[site][row.user_id, session.segment]
            if most is None or len(of_person) < most:
                of_person.append(session)
    return {site: _counted(reader, found[site], unreadable[site]) for site in {*found, *unreadable}}


async def scan_days(raw: RawStore, catalog: Catalog, wanted: DaysScan, part: Part) -> dict[str, Days]:
    """Note who was seen when, and for some of the days how good their data is, by site."""
    reader = Reader(catalog)
    level = reader.place("telemetryLevel")
    days, judged, grace = wanted
    first = min(days, default=0) - 40  # sessions can have waited for 30 days before they came
    sites: dict[str, Days] = defaultdict(lambda: Days(Presence(first, {}, {}), {}, defaultdict(int)))
    for day in days:
        async for batch in _batches(raw, catalog, range(day, day + 1)):
            for row in batch:
                if not part.has(row.user_id):
                    continue
                session = reader.read("", row.started, row.ended, row.body)
                if session is None:
                    continue
                started = row.started // MILLISECONDS_A_DAY
                site = sites[site_of(row.version)]
                if session.segment == "people":
                    basic = level is not None and session.values[level] == "basic"
                    seen = site.presence.weekly if basic else site.presence.stable
                    seen[row.user_id] = seen.get(row.user_id, 0) | 1 << max(0, started - first)
                if day in judged:
                    site.quality.setdefault(day, DayQuality(reader)).add(row.user_id, session)
                    site.late[day] += day >= week_days(week_of(started)).stop + grace
    return dict(sites)


def _counted(reader: Reader, people: dict[tuple[bytes, str], list[Session]], unreadable: int) -> Tally:
    counting = Counting(reader)
    for (user, segment), sessions in people.items():
        counting.add(user, segment, sessions)
    return counting.result(unreadable)


async def _batches(raw: RawStore, catalog: Catalog, days: range) -> AsyncIterator[Sequence[StoredSession]]:
    for day in days:
        async for batch in raw.sessions(day, application=catalog.application_id):
            yield batch
