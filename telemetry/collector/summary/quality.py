"""How good a day's data is: how often a field was `other`, which says that its list is out of date."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.publishing import Rule
from telemetry.collector.summary.reading import Reader, Session
from telemetry.collector.summary.release import floor_tens, pool
from telemetry.collector.summary.tally import Cell, people_in, sessions_in
from telemetry.values import OTHER

__all__ = ["DayQuality", "is_jump", "quality_rows"]

LISTED: Final = "listed"
_JUMP: Final = 0.1
_USUAL_DAYS: Final = 5


class DayQuality:
    """Takes the sessions of a day."""

    def __init__(self, reader: Reader) -> None:
        self._places = [
            (field.name, place) for place, field in enumerate(reader.fields) if OTHER in field.members
        ]
        self._sessions: dict[tuple[str, str, str], int] = defaultdict(int)
        self._who: dict[tuple[str, str, str], set[bytes]] = defaultdict(set)

    def add(self, user: bytes, session: Session) -> None:
        """Count one session."""
        segment, values = session.segment, session.values
        for name, place in self._places:
            value = values[place]
            if value is not None:
                key = (segment, name, OTHER if value == OTHER else LISTED)
                self._sessions[key] += 1
                self._who[key].add(user)

    def cells(self) -> dict[tuple[str, str], dict[str, Cell]]:
        """Return sessions and people by segment and field."""
        found: dict[tuple[str, str], dict[str, Cell]] = defaultdict(dict)
        for (segment, name, value), sessions in self._sessions.items():
            who = self._who[segment, name, value]
            found[segment, name][value] = Cell(len(who), sessions, frozenset(who) if len(who) <= 40 else None)
        return found


def quality_rows(parts: Sequence[DayQuality], rule: Rule) -> Iterator[Row]:
    """Give the cells of a day that may be public; `parts` have no person in common."""
    found: dict[tuple[str, str], dict[str, Cell]] = defaultdict(dict)
    for part in parts:
        for key, cells in part.cells().items():
            for value, cell in cells.items():
                found[key][value] = found[key][value] + cell if value in found[key] else cell
    for (segment, name), cells in sorted(found.items()):
        ci = segment == "ci"
        allowed = pool(cells, rule.ci_sessions if ci else rule.people, sessions_in if ci else people_in)
        for value in allowed.shown if allowed and not allowed.hidden else ():
            cell = cells[value]
            people = None if ci else floor_tens(cell.people)
            yield Row("quality", name, segment, "", value, people, cell.sessions)


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
