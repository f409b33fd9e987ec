"""Counts the sessions of a week, person by person."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from telemetry.catalog import Field
from telemetry.collector.summary.periods import MILLISECONDS_A_DAY
from telemetry.collector.summary.reading import Reader, Session, fingerprint
from telemetry.collector.summary.tally import (
    ACTIVE,
    DAYS_SEEN,
    EVENTS,
    FEW,
    NEWCOMER,
    SESSIONS,
    Cell,
    Durations,
    Tally,
    cell_of,
    counts_people,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Counting"]


class Counting:
    """Takes all sessions of one person after those of another."""

    def __init__(self, reader: Reader, *, bounded: bool = False) -> None:
        """With `bounded` one event of a session counts, so that noise can cover what one person adds."""
        self._people_fields = [field for field in reader.fields if counts_people(field)]
        self._point = reader.pick(self._people_fields)
        self._flags = [place for place, field in enumerate(self._people_fields) if field.kind == "flag"]
        self._first = reader.place("firstReport")
        self._rows: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        self._days: Counter[tuple[str, int]] = Counter()
        self._sessions = _Sessions(reader, self._people_fields)
        self._durations = _Durations(reader)
        self._events = _Events(reader, 1 if bounded else None)

    def add(self, user: bytes, segment: str, sessions: Sequence[Session]) -> None:
        """Count all sessions of one person in one segment."""
        for session in sessions:
            self._sessions.add(user, segment, session)
            if session.events:
                self._events.add(user, segment, session)
        for version in {session.version for session in sessions}:
            self._durations.add(
                user, segment, version, [session for session in sessions if session.version == version]
            )
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
        self._rows[segment, sessions[-1].version].append((*values, seen, "new" if new else "returning"))

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
            *columns, seen, new = zip(*rows, strict=True)
            for field, column in zip(self._people_fields, columns, strict=True):
                counts[segment, version, field.name] = _by_text(field, Counter(column))
            counts[segment, version, DAYS_SEEN] = Counter(seen)
            counts[segment, version, NEWCOMER] = Counter(new)
            counts[segment, version, ACTIVE] = Counter({ACTIVE: len(rows)})
        return counts


class _Sessions:
    """Values that each session has."""

    def __init__(self, reader: Reader, people_fields: list[Field]) -> None:
        own = [field for field in reader.fields if field.kind != "duration" and not counts_people(field)]
        # On CI systems there are no people to count.
        self._fields = {"people": own, "agents": own, "ci": own + people_fields}
        self._values: dict[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {
            segment: reader.pick(fields) for segment, fields in self._fields.items()
        }
        self._rows: dict[tuple[str, str], tuple[list[tuple[Any, ...]], list[bytes]]] = defaultdict(
            lambda: ([], [])
        )

    def add(self, user: bytes, segment: str, session: Session) -> None:
        rows, users = self._rows[segment, session.version]
        rows.append(self._values[segment](session.values))
        users.append(user)

    def counts(self) -> dict[tuple[str, str, str], dict[str, Cell]]:
        counts: dict[tuple[str, str, str], dict[str, Cell]] = {}
        for (segment, version), (rows, users) in self._rows.items():
            counts[segment, version, SESSIONS] = {SESSIONS: cell_of(len(rows), set(users))}
            for field, column in zip(self._fields[segment], zip(*rows, strict=True), strict=False):
                who = () if segment == "ci" else users
                counts[segment, version, field.name] = _cells(field, column, who)
        return counts


class _Durations:
    """How long sessions and their spans took."""

    def __init__(self, reader: Reader) -> None:
        self._times = reader.times
        self._found: dict[tuple[str, str], _Found] = defaultdict(lambda: _Found([], {}, {}))

    def add(self, user: bytes, segment: str, version: str, sessions: Sequence[Session]) -> None:
        """Count the sessions that one person had with one version."""
        found = self._found[segment, version]
        codes = [*chain.from_iterable(session.times for session in sessions)]
        found.codes.extend(codes)
        for name, failed in self._times.names(codes):
            found.users.setdefault(name, []).append(user)
            if failed:
                found.failed.setdefault(name, []).append(user)

    def counts(self) -> dict[tuple[str, str, str], Durations]:
        counts = {}
        for key, found in self._found.items():
            buckets: dict[str, Counter[int]] = defaultdict(Counter)
            failures: Counter[str] = Counter()
            for code, many in Counter(found.codes).items():
                name, bucket, failed = self._times.taken(code)
                buckets[name][bucket] += many
                failures[name] += many if failed else 0
            for name, users in found.users.items():
                counts[*key, name] = Durations(
                    cell_of(buckets[name].total(), users),
                    buckets[name],
                    cell_of(failures[name], found.failed.get(name, [])),
                )
        return counts


class _Found(NamedTuple):
    """Times of one segment and version."""

    codes: list[int]
    users: dict[str, list[bytes]]
    """Who had what, each person once."""
    failed: dict[str, list[bytes]]


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


def _cells(field: Field, column: Sequence[Any], users: Sequence[bytes]) -> dict[str, Cell]:
    texts = {value: _text(field, value) for value in set(column)}
    if len(set(texts.values())) < len(texts):
        column = [texts[value] for value in column]
        texts = {text: text for text in column}
    sessions = Counter(column)
    if not users:
        # On CI systems there is nobody to count: each session has an id of its own.
        return {texts[value]: Cell(0, many) for value, many in sessions.items()}
    pairs = set(zip(column, users, strict=True))
    people = Counter(value for value, _ in pairs)
    few: dict[Any, list[bytes]] = {value: [] for value, number in people.items() if number <= FEW}
    for value, user in pairs if few else ():
        if value in few:
            few[value].append(user)
    return {
        texts[value]: Cell(people[value], many, frozenset(few[value]) if value in few else None)
        for value, many in sessions.items()
    }


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
