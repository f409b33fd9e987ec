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
from telemetry.collector.summary.tally import Cell, people_in, sessions_in
from telemetry.values import OTHER

__all__ = ["DayQuality", "is_jump", "quality_rows"]

LISTED: Final = "listed"
_FEW: Final = 40
_JUMP: Final = 0.1
_USUAL_DAYS: Final = 5


class DayQuality:
    """Takes the sessions of a day; `finish` counts them, and lets go of them."""

    def __init__(self, reader: Reader) -> None:
        self._places = [
            (field.name, place) for place, field in enumerate(reader.fields) if OTHER in field.members
        ]
        self._rows: dict[str, tuple[list[bytes], list[tuple[Any, ...]]]] = {}
        self.cells: dict[tuple[str, str], dict[str, Cell]] = {}
        """Sessions and people by segment and field."""

    def add(self, user: bytes, session: Session) -> None:
        """Hold one session."""
        users, rows = self._rows.setdefault(session.segment, ([], []))
        users.append(user)
        rows.append(session.values)

    def finish(self) -> None:
        """Count what was held."""
        for segment, (users, rows) in self._rows.items():
            for name, place in self._places:
                column = [*map(itemgetter(place), rows)]
                others = column.count(OTHER)
                listed = len(column) - column.count(None) - others
                who = zip(users, column, strict=True)
                known = (user for user, value in who if value is not None and value != OTHER)
                unknown = (user for user, value in zip(users, column, strict=True) if value == OTHER)
                found = {OTHER: _cell(others, unknown), LISTED: _cell(listed, known)}
                self.cells[segment, name] = {value: cell for value, cell in found.items() if cell.sessions}
        self._rows.clear()


def _cell(sessions: int, users: Iterable[bytes]) -> Cell:
    """Return a cell; beyond a few people it is not asked how many there are, since that is enough."""
    who: set[bytes] = set()
    for user in users:
        who.add(user)
        if len(who) > _FEW:
            return Cell(len(who), sessions, None)
    return Cell(len(who), sessions, frozenset(who))


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
