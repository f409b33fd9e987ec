"""The daily job: sums up each day, week and month that is over and not published yet, and freezes it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from random import SystemRandom
from typing import Final, NamedTuple, TypeAlias

from telemetry.catalog import Catalog
from telemetry.collector.aggregates.model import AggregateStore, Publication, Row
from telemetry.collector.stores.protocol import RawStore, Refusal
from telemetry.collector.summary import periods
from telemetry.collector.summary.noise import discrete_laplace
from telemetry.collector.summary.presence import LEAVING_WEEKS, leaving_rows, month_rows
from telemetry.collector.summary.publishing import Rule, week_rows
from telemetry.collector.summary.quality import quality_rows
from telemetry.collector.summary.refusals import coverage_rows
from telemetry.collector.summary.release import floor_tens
from telemetry.collector.summary.scan import DEVELOPMENT, PRODUCTION, Days, Found, Presence, Wanted
from telemetry.collector.summary.tally import merge

__all__ = ["GRACE_DAYS", "Options", "Scanner", "Stores", "Summary", "summarise"]

GRACE_DAYS: Final = 3
"""Days after a week's or a month's end for sessions that come late: most are sent by the next run."""
_SITES: Final = (PRODUCTION, DEVELOPMENT)
_NAMES: Final[dict[str, Callable[[int], str]]] = {
    "day": periods.day_name,
    "week": lambda day: periods.week_name(periods.week_of(day)),
    "month": lambda day: periods.month_name(periods.month_of(day)),
}


class Options(NamedTuple):
    """How sums are made."""

    rule: Rule = Rule()
    grace: int = GRACE_DAYS
    noise: float = 0.0
    """The budget epsilon that one publication may use up for each person; 0 is no noise."""
    most_sessions: int = 20
    """Of one person, in a week, with noise."""


_CELLS_OF_ONE: Final = {"people": 1, "sessions": 20, "event": 20, "active": 7, "leaving": 1}
"""By topic: how much of a division can be one person's; with noise, 20 sessions of each count."""

_STANDARD: Final = Options()
_CHANCE: Final = SystemRandom()


class Stores(NamedTuple):
    """Where sessions are read from, and where sums go."""

    raw: RawStore
    aggregates: AggregateStore


Scanner: TypeAlias = Callable[[Catalog, Wanted], Sequence[Found]]
"""Reads sessions, in as many processes as it likes; the result has an entry a share of the people."""


class Summary(NamedTuple):
    """What a summary did."""

    published: tuple[Publication, ...]
    cells: int


class _Due(NamedTuple):
    """What is over and not published."""

    days: tuple[int, ...]
    weeks: tuple[int, ...]
    months: tuple[int, ...]


async def summarise(
    stores: Stores, catalog: Catalog, scanner: Scanner, *, now: float, options: Options = _STANDARD
) -> Summary:
    """Publish what is due of one application. `now` is in seconds since 1970."""
    held = [each.day for each in await stores.raw.days()]
    run = _Run(stores, catalog, options, int(now * 1000))
    due = _due(held, await run.done(), periods.today(now), options.grace)
    if any(due):
        # Who was seen when, over all that is held, is asked for by weeks and months alone.
        days = tuple(held) if due.weeks or due.months else due.days
        most = options.most_sessions if options.noise else None
        wanted = Wanted(days, frozenset(due.days), frozenset(due.weeks), options.grace, most)
        found = scanner(catalog, wanted)
        for site in _SITES:
            await run.days(site, due.days, [part.sites[site] for part in found if site in part.sites])
        for week in due.weeks:
            await run.week(week, found, min(held))
        for month in due.months:
            await run.month(month, found)
    return Summary(tuple(run.published), run.cells)


class _Run:
    """Writes what one summary publishes."""

    def __init__(self, stores: Stores, catalog: Catalog, options: Options, now: int) -> None:
        self._stores = stores
        self._application = catalog.application_id
        self._options = options
        self._now = now
        self._done: set[tuple[str, str, str]] = set()
        self.published: list[Publication] = []
        self.cells = 0

    async def done(self) -> set[tuple[str, str, str]]:
        """Return the site, kind and period of what is published already."""
        self._done = {
            (each.site, each.kind, each.period)
            for each in await self._stores.aggregates.publications()
            if each.application == self._application
        }
        return self._done

    async def days(self, site: str, days: Iterable[int], found: Sequence[Days]) -> None:
        """Publish how good the data of some days is."""
        for day in days:
            # A session that was turned away has no version that could be trusted.
            refused = await self._stores.raw.refusals(day) if site == PRODUCTION else {}
            await self._publish(site, "day", day, self._day_rows(refused, found, day))

    async def week(self, week: int, found: Sequence[Found], held: int) -> None:
        """Publish a week."""
        for site in _SITES:
            weeks = [part.weeks.get(week, {}) for part in found]
            tally = merge(tallies[site] for tallies in weeks if site in tallies)
            presences = _presences(found, site)
            rows = week_rows(tally, self._options.rule, _CHANCE)
            rows += leaving_rows(presences, week - LEAVING_WEEKS, held, self._options.rule.people)
            await self._publish(site, "week", periods.week_days(week)[0], rows, tally.unreadable)

    async def month(self, month: int, found: Sequence[Found]) -> None:
        """Publish how many people there were in a month."""
        days = periods.month_days(month)
        for site in _SITES:
            presences = _presences(found, site)
            weekly = await _weekly_totals(self._stores.aggregates, self._application, site, days)
            rows = month_rows(presences, days, weekly, self._options.rule.people, _CHANCE)
            await self._publish(site, "month", days[0], rows)

    def _day_rows(self, refused: Mapping[Refusal, int], found: Sequence[Days], day: int) -> Iterator[Row]:
        judged = [each.quality[day] for each in found if day in each.quality]
        yield from quality_rows(judged, self._options.rule)
        yield from coverage_rows(self._application, refused, found, day)

    async def _publish(
        self, site: str, kind: str, first: int, rows: Iterable[Row], unreadable: int = 0
    ) -> None:
        period = _NAMES[kind](first)
        if (site, kind, period) in self._done:
            return
        noised, spent = _with_noise([*rows], self._options.noise)
        publication = Publication(
            application=self._application,
            site=site,
            kind=kind,
            period=period,
            first_day=first,
            frozen=self._now,
            least=self._options.rule.people,
            noise=spent,
            unreadable=floor_tens(unreadable),
        )
        if await self._stores.aggregates.publish(publication, noised):
            self.published.append(publication)
            self.cells += len(noised)


def _due(held: Sequence[int], done: set[tuple[str, str, str]], today: int, grace: int) -> _Due:
    """Return what is over. A week or month that began before the first session would look like a slump."""
    if not held:
        return _Due((), (), ())

    def is_open(kind: str, first: int) -> bool:
        return any((site, kind, _NAMES[kind](first)) not in done for site in _SITES)

    first = min(held)
    span = range(first, today - grace)
    weeks = range(periods.week_of(first), periods.week_of(today))
    months = range(periods.month_of(first), periods.month_of(today))
    return _Due(
        tuple(day for day in range(first, today) if is_open("day", day)),
        tuple(week for week in weeks if _is_due(periods.week_days(week), "week", span, is_open)),
        tuple(month for month in months if _is_due(periods.month_days(month), "month", span, is_open)),
    )


def _is_due(days: range, kind: str, within: range, is_open: Callable[[str, int], bool]) -> bool:
    return within.start <= days.start and days.stop <= within.stop and is_open(kind, days.start)


def _presences(found: Sequence[Found], site: str) -> list[Presence]:
    return [part.sites[site].presence for part in found if site in part.sites]


async def _weekly_totals(store: AggregateStore, application: str, site: str, days: range) -> Sequence[int]:
    """Return the published people of each week that lies within some days."""
    rows = await store.query(
        "SELECT c.people FROM cells c JOIN publications p ON p.id = c.publication "
        "WHERE p.application = :application AND p.site = :site AND p.kind = 'week' "
        "AND p.first_day >= :first AND p.first_day + 6 <= :last AND c.topic = 'people' "
        "AND c.name = 'active' AND c.segment = 'people' AND c.version = ''",
        {"application": application, "site": site, "first": days[0], "last": days[-1]},
    )
    return [int(people) for (people,) in rows]


def _with_noise(rows: Sequence[Row], budget: float) -> tuple[list[Row], float]:
    """Add noise to each number of people and of sessions; returns what that used of the budget.

    The budget is shared by the divisions that a person is in: each field for all versions, and by version.
    What a day's data are worth is published as it is.
    """
    divisions = {
        (row.topic, row.name, row.segment, bool(row.version)) for row in rows if row.topic in _CELLS_OF_ONE
    }
    if not budget or not divisions:
        return list(rows), 0.0
    scale = Fraction(len(divisions)) / Fraction(budget)
    return [*_noised(rows, scale)], budget


def _noised(rows: Sequence[Row], scale: Fraction) -> Iterator[Row]:
    for row in rows:
        wide = scale * _CELLS_OF_ONE.get(row.topic, 0)
        people = row.people if row.people is None or not wide else row.people + discrete_laplace(wide)
        sessions = row.sessions if row.sessions is None or not wide else row.sessions + discrete_laplace(wide)
        yield row._replace(
            people=None if people is None else max(0, people),
            sessions=None if sessions is None else max(0, sessions),
        )
