"""Counts the sessions of a week, person by person."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final

from telemetry.catalog import Field
from telemetry.collector.summary.columns import Columns, SharedColumns, Who
from telemetry.collector.summary.periods import MILLISECONDS_A_DAY
from telemetry.collector.summary.reading import Reader, Session, fingerprint
from telemetry.collector.summary.tally import (
    ACTIVE,
    DAYS_SEEN,
    EVENTS,
    NEWCOMER,
    SESSIONS,
    Cell,
    Durations,
    Tally,
    cell_of,
    counts_people,
)
from telemetry.collector.summary.times import RANGES

__all__ = ["Counting"]

_PEOPLE: Final = 256
"""Counted together."""


class Counting:
    """Takes all sessions of one person after those of another."""

    def __init__(self, reader: Reader, *, bounded: bool = False) -> None:
        """With `bounded` one event of a session counts, so that noise can cover what one person adds."""
        self._people_fields = [field for field in reader.fields if counts_people(field)]
        self._point = reader.pick(self._people_fields)
        self._flags = [place for place, field in enumerate(self._people_fields) if field.kind == "flag"]
        self._first = reader.place("firstReport")
        width = len(self._people_fields) + 2
        self._rows: dict[tuple[str, str], Columns] = defaultdict(lambda: Columns(width))
        self._days: Counter[tuple[str, int]] = Counter()
        self._sessions = _Sessions(reader, self._people_fields)
        self._durations = _Durations(reader)
        self._events = _Events(reader, 1 if bounded else None)

    def add(self, user: bytes, segment: str, sessions: Sequence[Session]) -> None:
        """Count all sessions of one person in one segment."""
        by_version: dict[str, list[Session]] = defaultdict(list)
        for session in sessions:
            by_version[session.version].append(session)
            if session.events:
                self._events.add(user, segment, session)
        for version, found in by_version.items():
            self._sessions.add(user, segment, version, found)
            self._durations.add(user, segment, version, found)
        if segment != "ci":
            self._add_person(segment, sorted(sessions, key=lambda each: each.started))

    def result(self, unreadable: int = 0) -> Tally:
        """Return the counts."""
        sessions = self._sessions.counts()
        for key, cells in self._events.counts().items():
            sessions.setdefault(key, {}).update(cells)
        return Tally(self._people(), sessions, self._durations.counts(), dict(self._days), unreadable)

    def _add_person(self, segment: str, sessions: Sequence[Session]) -> None:
        days = {each.started // MILLISECONDS_A_DAY: each for each in sessions}
        self._days.update((segment, day) for day in days)
        seen = "2+" if len(days) > 1 else "1"
        new = self._first is not None and any(each.values[self._first] for each in sessions)
        values = self._combined([self._point(each.values) for each in days.values()])
        row = (*values, seen, "new" if new else "returning")
        self._rows[segment, sessions[-1].version].add([row])

    def _combined(self, points: list[tuple[Any, ...]]) -> tuple[Any, ...]:
        """Return the last day's values; but a feature that was used on any day was used."""
        if len(points) == 1:
            return points[0]
        last = list(points[-1])
        columns = list(zip(*points, strict=True))
        for place in self._flags:
            column = columns[place]
            if True in column:
                last[place] = True
            elif False in column:
                last[place] = False
        return tuple(last)

    def _people(self) -> dict[tuple[str, str, str], Counter[str]]:
        counts: dict[tuple[str, str, str], Counter[str]] = {}
        for (segment, version), rows in self._rows.items():
            *columns, seen, new = rows.counters()
            for field, column in zip(self._people_fields, columns, strict=True):
                counts[segment, version, field.name] = _by_text(field, column)
            counts[segment, version, DAYS_SEEN] = seen
            counts[segment, version, NEWCOMER] = new
            counts[segment, version, ACTIVE] = Counter({ACTIVE: new.total()})
        return counts


class _Sessions:
    """Values that each session has."""

    def __init__(self, reader: Reader, people_fields: list[Field]) -> None:
        self._own = [
            field for field in reader.fields if field.kind != "duration" and not counts_people(field)
        ]
        self._pick = reader.pick(self._own)
        # On CI systems there is nobody to count: each session has an id of its own.
        self._on_ci = [(reader.place(field.name) or 0, field) for field in (*self._own, *people_fields)]
        width = len(reader.fields)
        texts = [partial(_text, field) for field in self._own]
        self._ci: dict[str, Columns] = defaultdict(lambda: Columns(width))
        self._people: dict[tuple[str, str], SharedColumns] = defaultdict(lambda: SharedColumns(texts))
        self._all: dict[tuple[str, str], tuple[Who, list[int]]] = defaultdict(lambda: (Who(), []))

    def add(self, user: bytes, segment: str, version: str, sessions: Sequence[Session]) -> None:
        """Count the sessions that one person had with one version."""
        who, numbers = self._all[segment, version]
        who.add(1, (user,))
        numbers.append(len(sessions))
        if segment == "ci":
            self._ci[version].add([session.values for session in sessions])
        else:
            rows = [self._pick(session.values) for session in sessions]
            self._people[segment, version].add(user, rows)

    def counts(self) -> dict[tuple[str, str, str], dict[str, Cell]]:
        counts: dict[tuple[str, str, str], dict[str, Cell]] = {}
        for key, (who, numbers) in self._all.items():
            counts[*key, SESSIONS] = {SESSIONS: who.cell(sum(numbers))}
        for version, columns in self._ci.items():
            counters = columns.counters()
            for place, field in self._on_ci:
                found = _by_text(field, counters[place])
                counts["ci", version, field.name] = {text: Cell(0, many) for text, many in found.items()}
        for key, shared in self._people.items():
            for field, cells in zip(self._own, shared.cells(), strict=True):
                counts[*key, field.name] = cells
        return counts


class _Durations:
    """How long sessions and their spans took."""

    def __init__(self, reader: Reader) -> None:
        self._times = reader.times
        self._found: dict[tuple[str, str], _Found] = defaultdict(_Found)

    def add(self, user: bytes, segment: str, version: str, sessions: Sequence[Session]) -> None:
        """Count the sessions that one person had with one version."""
        found = self._found[segment, version]
        codes = sessions[0].times
        if len(sessions) > 1:
            codes = tuple(chain.from_iterable(session.times for session in sessions))
        found.codes.extend(codes)
        kinds = {code // RANGES for code in codes}
        found.kinds.extend(kinds)
        found.people.append((user, kinds))
        if len(found.people) >= _PEOPLE:
            found.count()

    def counts(self) -> dict[tuple[str, str, str], Durations]:
        counts: dict[tuple[str, str, str], Durations] = {}
        for key, found in self._found.items():
            found.count()
            times = self._times.grouped(found.times)
            who = {self._times.name(kind): each for kind, each in found.who.items()}
            for name, (buckets, failed) in times.items():
                with_failures = who.get((name, True), Who())
                counts[*key, name] = Durations(
                    who[name, False].cell(buckets.total()), buckets, with_failures.cell(failed)
                )
        return counts


class _Found:
    """Times of one segment and version; those of some people are held, and counted together."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.kinds: list[int] = []
        self.people: list[tuple[bytes, set[int]]] = []
        self.times: Counter[int] = Counter()
        self.who: dict[int, Who] = defaultdict(Who)

    def count(self) -> None:
        self.times.update(self.codes)
        for kind, number in Counter(self.kinds).items():
            self.who[kind].add(number, (user for user, kinds in self.people if kind in kinds))
        self.codes.clear()
        self.kinds.clear()
        self.people.clear()


class _Events:
    """What happened in sessions; each session counts once for each value."""

    def __init__(self, reader: Reader, most: int | None) -> None:
        self._most = most
        self._fields = {kind.name: kind.attributes for kind in reader.catalog.events}
        self._found: dict[tuple[str, str, str], dict[str, tuple[list[int], set[bytes]]]] = defaultdict(
            lambda: defaultdict(lambda: ([0], set()))
        )

    def add(self, user: bytes, segment: str, session: Session) -> None:
        for name, told in set(self._told(session.events[: self._most])):
            # Somebody can meet a fault in two versions, so all versions are not the sum of each.
            for version in (session.version, ""):
                sessions, users = self._found[segment, version, name][told]
                sessions[0] += 1
                users.add(user)

    def counts(self) -> dict[tuple[str, str, str], dict[str, Cell]]:
        return {
            key: {told: cell_of(sessions[0], users) for told, (sessions, users) in values.items()}
            for key, values in self._found.items()
        }

    def _told(self, events: Sequence[Any]) -> Iterator[tuple[str, str]]:
        for event in events:
            yield EVENTS, event.type
            for field in self._fields[event.type]:
                value = getattr(event.attributes, field.name)
                if value is not None:
                    text = fingerprint(value) if field.kind == "symbol" else _text(field, value)
                    yield f"{event.type}.{field.name}", text


def _by_text(field: Field, counts: Counter[Any]) -> Counter[str]:
    texts: Counter[str] = Counter()
    for value, many in counts.items():
        texts[_text(field, value)] += many
    return texts


def _text(field: Field, value: object) -> str:
    """Return a value as it is published: versions as X.Y, what nobody told as an empty text."""
    if value is None:
        return ""
    if field.kind == "flag":
        return "true" if value else "false"
    if field.kind == "version":
        return ".".join(str(value).split(".")[:2])
    return str(value)
