"""How good a day's data is: how often a field was `other`, which says that its list is out of date."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from statistics import median
from typing import Any, Final

from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.publishing import Rule
from telemetry.collector.summary.reading import Reader, Session
from telemetry.collector.summary.release import pool
from telemetry.collector.summary.tally import FEW, Cell, people_in, sessions_in
from telemetry.values import OTHER

__all__ = ["DayQuality", "is_jump", "quality_rows"]

LISTED: Final = "listed"
_ROWS: Final = 256
_JUMP: Final = 0.1
_USUAL_DAYS: Final = 5


class DayQuality:
    """Takes the sessions of a day; `finish` counts the last of them."""

    def __init__(self, reader: Reader) -> None:
        self._fields = [
            (field.name, itemgetter(place))
            for place, field in enumerate(reader.fields)
            if OTHER in field.members
        ]
        self._rows: dict[str, tuple[list[bytes], list[tuple[Any, ...]]]] = {}
        self._found: dict[tuple[str, str, str], _Found] = defaultdict(_Found)
        self.cells: dict[tuple[str, str], dict[str, Cell]] = defaultdict(dict)
        """Sessions and people by segment and field."""

    def add(self, user: bytes, session: Session) -> None:
        """Take one session."""
        users, rows = self._rows.setdefault(session.segment, ([], []))
        users.append(user)
        rows.append(session.values)
        if len(rows) >= _ROWS:
            self._count(session.segment)

    def finish(self) -> None:
        """Count what is left."""
        for segment in self._rows:
            self._count(segment)
        for (segment, name, value), found in self._found.items():
            if found.sessions:
                self.cells[segment, name][value] = found.cell()
        self._found.clear()

    def _count(self, segment: str) -> None:
        users, rows = self._rows[segment]
        for name, value in self._fields:
            column = [*map(value, rows)]
            others = column.count(OTHER)
            listed = len(column) - column.count(None) - others
            pairs = zip(users, column, strict=True)
            known = (user for user, value in pairs if value is not None and value != OTHER)
            unknown = (user for user, value in zip(users, column, strict=True) if value == OTHER)
            self._found[segment, name, LISTED].add(listed, known)
            self._found[segment, name, OTHER].add(others, unknown)
        users.clear()
        rows.clear()


class _Found:
    """Sessions, and people; beyond a few it is not asked how many there are, since that is enough."""

    def __init__(self) -> None:
        self.sessions = 0
        self._who: set[bytes] = set()

    def add(self, sessions: int, users: Iterable[bytes]) -> None:
        self.sessions += sessions
        if sessions and len(self._who) <= FEW:
            for user in users:
                self._who.add(user)
                if len(self._who) > FEW:
                    break

    def cell(self) -> Cell:
        return Cell(len(self._who), self.sessions, frozenset(self._who) if len(self._who) <= FEW else None)


def quality_rows(parts: Sequence[DayQuality], rule: Rule) -> Iterator[Row]:
    """Give the cells of a day that may be public; `parts` have no person in common."""
    found: dict[tuple[str, str], dict[str, Cell]] = defaultdict(dict)
    for part in parts:
        for key, cells in part.cells.items():
            for value, cell in cells.items():
                found[key][value] = found[key][value] + cell if value in found[key] else cell
    for (segment, name), cells in sorted(found.items()):
        ci = segment == "ci"
        allowed = pool(cells, rule.ci_sessions if ci else rule.people, sessions_in if ci else people_in)
        for value in allowed.shown if allowed and not allowed.hidden else ():
            yield Row("quality", name, segment, "", value, sessions=cells[value].sessions)


def is_jump(shares: Sequence[float]) -> bool:
    """Return whether the last of some daily shares is out of line with those before it.

    That is ten points above the usual, which is the median of the days before, at least five of them.
    """
    *before, last = shares or [0.0]
    return len(before) >= _USUAL_DAYS and last > median(before) + _JUMP


def totals(rows: Sequence[Row]) -> dict[str, float]:
    """Return the share of `other` by field, over people, agents and CI systems."""
    told: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for row in rows:
        if row.topic == "quality":
            told[row.name] += row.sessions or 0
            others[row.name] += (row.sessions or 0) if row.value == OTHER else 0
    return {name: others[name] / many for name, many in told.items() if many}
