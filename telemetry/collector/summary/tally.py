"""Counts of one week of one application: exact, and not public yet.

People are counted once for each day and field, by the last session of the day, so that a thousand runs
say no more than one. Parts of a week that have no person in common are added up (`merge`), so that
several processes can share the work.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

from telemetry.catalog import Field

__all__ = [
    "ACTIVE",
    "COMMAND",
    "DAYS_SEEN",
    "EVENTS",
    "FEW",
    "NEWCOMER",
    "SESSIONS",
    "Cell",
    "Durations",
    "Tally",
    "add_cells",
    "cell_of",
    "counts_people",
    "empty",
    "is_of_events",
    "merge",
    "people_in",
    "sessions_in",
]

ACTIVE: Final = "active"
"""The division of all people by version alone."""
DAYS_SEEN: Final = "daysSeen"
"""People who were seen on one day of the week, and those on several."""
NEWCOMER: Final = "newcomer"
"""People whose installation reported for the first time, and all others."""
SESSIONS: Final = "sessions"
"""The division of all sessions by version alone."""
EVENTS: Final = "events"
"""What kinds of events sessions have; the attributes of a kind go by `UnhandledException.trace`."""
COMMAND: Final = "command"
"""The duration of whole sessions goes by this name, and those of a verb by `command:run`."""

FEW: Final = 40
"""Of cells with up to this many people it is known who, so that those in a pool can be counted once."""


class Cell(NamedTuple):
    """How many people and sessions have something in common."""

    people: int
    sessions: int
    who: frozenset[bytes] | None = None
    """The ids, where there are few."""

    def __add__(self, other: "Cell") -> "Cell":  # type: ignore[override]
        people = self.people + other.people
        known = self.who is not None and other.who is not None and people <= FEW
        who = (self.who or frozenset()) | (other.who or frozenset()) if known else None
        return Cell(people, self.sessions + other.sessions, who)


class Durations(NamedTuple):
    """How long something took, as the number of times in each range, and how many people that was."""

    who: Cell
    buckets: Counter[int]
    failed: Cell

    def __add__(self, other: "Durations") -> "Durations":  # type: ignore[override]
        return Durations(self.who + other.who, self.buckets + other.buckets, self.failed + other.failed)


class Tally(NamedTuple):
    """All counts of a week, or of a part of its people. Keys begin with the segment."""

    people: dict[tuple[str, str, str], Counter[str]]
    """By segment, version and field: people by value."""
    sessions: dict[tuple[str, str, str], dict[str, Cell]]
    """By segment, version and field: people and sessions by value.

    Of events there are also all versions together, as an empty one.
    """
    durations: dict[tuple[str, str, str], Durations]
    """By segment, version and what took that long."""
    days: dict[tuple[str, int], int]
    """By segment and day: people."""
    unreadable: int

    def event_names(self, segment: str) -> list[str]:
        """Return what is known of events: their kinds first, then each kind's attributes."""
        found = {name for of, _, name in self.sessions if of == segment and is_of_events(name)}
        return sorted(found, key=lambda name: (name != EVENTS, name))

    def events_of(self, segment: str, name: str) -> dict[str, dict[str, Cell]]:
        """Return the cells of a name by version."""
        return {key[1]: cells for key, cells in self.sessions.items() if key[0::2] == (segment, name)}


def is_of_events(name: str) -> bool:
    """Return whether a name is that of the kinds of events, or of an attribute of one."""
    return name == EVENTS or "." in name


def counts_people(field: Field) -> bool:
    """Return whether people have a value of this field; else each of their sessions has."""
    return field.kind != "duration" and not field.summarised.startswith("Sessions")


def cell_of(sessions: int, who: Collection[bytes]) -> Cell:
    """Return a cell of these people, each of whom is named once."""
    return Cell(len(who), sessions, frozenset(who) if len(who) <= FEW else None)


def people_in(cells: Sequence[Cell]) -> int:
    """Return how many people are in some cells together, at least."""
    known = [cell.who for cell in cells if cell.who is not None]
    largest = max((cell.people for cell in cells), default=0)
    return max(largest, len(frozenset(chain.from_iterable(known))))


def sessions_in(cells: Sequence[Cell]) -> int:
    """Return how many sessions are in some cells together."""
    return sum(cell.sessions for cell in cells)


def empty() -> Tally:
    """Return the counts of nobody."""
    return Tally({}, {}, {}, {}, 0)


def add_cells(cells: Sequence[Cell]) -> Cell:
    """Return the cell of what is in any of these."""
    return Cell(
        people_in(cells),
        sessions_in(cells),
        frozenset().union(*(cell.who or () for cell in cells))
        if all(cell.who is not None for cell in cells)
        else None,
    )


def merge(parts: Iterable[Tally]) -> Tally:
    """Add up parts that have no person in common."""
    people: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    sessions: dict[tuple[str, str, str], dict[str, Cell]] = defaultdict(dict)
    durations: dict[tuple[str, str, str], Durations] = {}
    days: Counter[tuple[str, int]] = Counter()
    unreadable = 0
    for part in parts:
        for key, counts in part.people.items():
            people[key].update(counts)
        for key, cells in part.sessions.items():
            into = sessions[key]
            for value, cell in cells.items():
                into[value] = into[value] + cell if value in into else cell
        for key, found in part.durations.items():
            durations[key] = durations[key] + found if key in durations else found
        days.update(part.days)
        unreadable += part.unreadable
    return Tally(people, sessions, durations, days, unreadable)
