"""The published numbers that pages are made of, read from the store of sums."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from telemetry.collector.aggregates.model import AggregateStore
from telemetry.collector.dashboard.filters import Filters, Options
from telemetry.collector.summary.release import POOLED

__all__ = ["EVERY", "Cell", "Figures", "Week", "by_version_number", "options_of"]

_WEEKS: Final = """
SELECT p.id, p.period, p.first_day, p.frozen, p.least, p.noise, p.unreadable FROM publications p
WHERE p.application = :application AND p.site = :site AND p.kind = 'week'
ORDER BY p.first_day DESC LIMIT :weeks
"""
_CELLS: Final = """
SELECT p.period, c.name, c.version, c.value, c.people, c.sessions, c.median, c.high, c.failed
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = :site AND p.kind = :kind AND p.first_day >= :first
  AND c.topic = :topic AND c.segment = :who{narrowed}
ORDER BY p.first_day, c.name, c.version, c.value
"""
_SUMS: Final = """
SELECT c.name, c.value, SUM(c.people), SUM(c.sessions)
FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.application = :application AND p.site = :site AND p.kind = 'week' AND p.first_day >= :first
  AND c.topic = :topic AND c.segment = :who{narrowed}
GROUP BY c.name, c.value ORDER BY c.name, c.value
"""
_VERSIONS: Final = """
SELECT DISTINCT p.application, p.site, c.version FROM cells c JOIN publications p ON p.id = c.publication
WHERE p.kind = 'week' AND c.topic IN ('people', 'sessions') AND c.name IN ('active', 'sessions')
"""


EVERY: Final = "*"
"""All versions, each for itself, in place of the chosen one."""


class Week(NamedTuple):
    """A published week."""

    id: int
    period: str
    first_day: int
    frozen: int
    least: int
    noise: float
    unreadable: int

    @property
    def label(self) -> str:
        """The week without its year: `W47`."""
        return self.period.partition("-")[2]


class Cell(NamedTuple):
    """A published cell."""

    period: str
    name: str
    version: str
    value: str
    people: int | None
    sessions: int | None
    median: int | None
    high: int | None
    failed: int | None

    @property
    def size(self) -> int:
        """People, or sessions where no people are counted."""
        return self.people or self.sessions or 0


class Figures:
    """Reads what one page needs."""

    def __init__(self, store: AggregateStore, filters: Filters, weeks: Sequence[Week]) -> None:
        self._store = store
        self.filters = filters
        self.weeks = weeks
        """Oldest first."""

    @classmethod
    async def of(cls, store: AggregateStore, filters: Filters) -> "Figures":
        """Return the figures of the chosen period."""
        rows = await store.query(
            _WEEKS,
            {"application": filters.application, "site": filters.site, "weeks": filters.weeks},
        )
        return cls(store, filters, [Week(*row) for row in reversed(rows)])

    @property
    def periods(self) -> list[str]:
        """The weeks' names, oldest first."""
        return [week.period for week in self.weeks]

    @property
    def labels(self) -> list[str]:
        """The weeks' short names, oldest first."""
        return [week.label for week in self.weeks]

    @property
    def topic(self) -> str:
        """Where fields of people are: CI systems have sessions alone."""
        return "sessions" if self.filters.who == "ci" else "people"

    async def cells(
        self,
        topic: str,
        names: Iterable[str] = (),
        *,
        kind: str = "week",
        who: str | None = None,
        version: str | None = None,
    ) -> list[Cell]:
        """Return cells of the period, of a version or by default of the chosen one."""
        narrowed, values = self._narrowed(topic, names, version, who)
        rows = await self._store.query(_CELLS.format(narrowed=narrowed), {**values, "kind": kind})
        return [Cell(*row) for row in rows]

    async def sums(
        self,
        topic: str,
        names: Iterable[str] = (),
        *,
        who: str | None = None,
        version: str | None = None,
    ) -> dict[str, dict[str, tuple[int, int]]]:
        """Return people and sessions by name and value, added up over the weeks of the period."""
        narrowed, values = self._narrowed(topic, names, version, who)
        found: dict[str, dict[str, tuple[int, int]]] = {}
        for name, value, people, sessions in await self._store.query(_SUMS.format(narrowed=narrowed), values):
            found.setdefault(name, {})[value] = (int(people or 0), int(sessions or 0))
        return found

    def _narrowed(
        self, topic: str, names: Iterable[str], version: str | None, who: str | None
    ) -> tuple[str, dict[str, Any]]:
        values: dict[str, Any] = {
            "application": self.filters.application,
            "site": self.filters.site,
            "first": self.weeks[0].first_day if self.weeks else 0,
            "topic": topic,
            "who": who or self.filters.who,
        }
        narrowed = ""
        wanted = [*names]
        if wanted:
            marks = ", ".join(f":name_{letter}" for letter in map(_letters, range(len(wanted))))
            narrowed += f" AND c.name IN ({marks})"
            values.update({f"name_{_letters(place)}": name for place, name in enumerate(wanted)})
        if version != EVERY:
            narrowed += " AND c.version = :version"
            values["version"] = self.filters.version if version is None else version
        return narrowed, values


async def options_of(store: AggregateStore, application: str, site: str) -> Options:
    """Return what there is to choose from."""
    applications = await store.query("SELECT DISTINCT application FROM publications ORDER BY application", {})
    rows = await store.query(_VERSIONS, {})
    versions = {row[2] for row in rows if row[:2] == (application, site) and row[2] not in ("", POOLED)}
    names = tuple(name for (name,) in applications)
    return Options(names, tuple(sorted(versions, key=by_version_number, reverse=True)))


def by_version_number(version: str) -> tuple[int, ...]:
    """Return what sorts versions: 0.10 after 0.9; what is pooled before all."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)) or (-1,)


def _letters(number: int) -> str:
    """Return a name of letters for a number: a, b, …, ba."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    found = letters[number % 26]
    return found if number < 26 else _letters(number // 26) + found
