"""From the exact counts of a week to the cells that may be public: all of it, and sessions and durations.

Of sessions and durations no number of people is told: it would be one more rounding of a group that is told
of elsewhere, and two of those narrow each other down.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.happenings import ci_event_rows, event_rows
from telemetry.collector.summary.people import everybody, people_rows
from telemetry.collector.summary.percentiles import percentile
from telemetry.collector.summary.release import (
    LEAST_CI_SESSIONS,
    LEAST_PEOPLE,
    POOLED,
    Chance,
    Pooled,
    pool,
)
from telemetry.collector.summary.tally import (
    SESSIONS,
    Cell,
    Durations,
    Tally,
    add_cells,
    is_of_events,
    people_in,
    sessions_in,
)

__all__ = ["Rule", "divide", "week_rows"]

_LOST: Final = 0.05
"""A division by version too is preferred while it hides at most this share more than one without."""

_Cell = TypeVar("_Cell")


class Rule(NamedTuple):
    """How small a cell may be."""

    people: int = LEAST_PEOPLE
    ci_sessions: int = LEAST_CI_SESSIONS


class Division(NamedTuple):
    """One published cell of a division: the version, the value, and what is in it."""

    version: str
    value: str
    cells: tuple[Any, ...]


def week_rows(tally: Tally, rule: Rule, chance: Chance) -> list[Row]:
    """Return the cells of a week that may be public."""
    rows: list[Row] = []
    for segment in ("people", "agents"):
        who = everybody(tally, segment, rule.people, chance)
        if who is not None:
            rows += people_rows(tally, segment, who, rule.people, chance)
            rows += event_rows(tally, segment, who, rule.people, chance)
        rows += _session_rows(tally, segment, rule.people, people_in)
    rows += _session_rows(tally, "ci", rule.ci_sessions, sessions_in)
    rows += ci_event_rows(tally, rule.ci_sessions)
    return rows


def divide(
    by_version: Mapping[str, Mapping[str, _Cell]],
    least: int,
    size: Callable[[Sequence[_Cell]], int],
    add: Callable[[Sequence[_Cell]], _Cell],
) -> list[Division]:
    """Divide cells by version and value, or where that would hide too much by value alone.

    Never by both: whoever had a total and its parts from two divisions could subtract one from another.
    The total over all versions is the sum of what is returned, whichever way it was.
    """
    whole = _added(by_version.values(), add)
    alone = pool(whole, least, size)
    if alone is None:
        return []
    divided = {version: pool(cells, least, size) for version, cells in by_version.items()}
    if _keeps_enough(whole, alone, by_version, divided, size):
        return [
            each
            for version, cells in by_version.items()
            for each in _divisions(version, cells, divided[version])  # type: ignore[arg-type]
        ]
    return list(_divisions("", whole, alone))


def _keeps_enough(
    whole: Mapping[str, _Cell],
    alone: Pooled,
    by_version: Mapping[str, Mapping[str, _Cell]],
    divided: Mapping[str, Pooled | None],
    size: Callable[[Sequence[_Cell]], int],
) -> bool:
    shown: set[str] = set()
    hidden = 0
    for version, found in divided.items():
        if found is None:
            return False
        shown.update(found.shown)
        hidden += size([by_version[version][value] for value in found.hidden])
    before = size([whole[value] for value in alone.hidden])
    return shown >= set(alone.shown) and hidden <= before + _LOST * size(list(whole.values()))


def _divisions(version: str, cells: Mapping[str, _Cell], found: Pooled) -> Iterator[Division]:
    for value in found.shown:
        yield Division(version, value, (cells[value],))
    if found.hidden:
        yield Division(version, POOLED, tuple(cells[value] for value in found.hidden))


def _added(
    each: "Iterator[Mapping[str, _Cell]] | Any", add: Callable[[Sequence[_Cell]], _Cell]
) -> dict[str, _Cell]:
    lists: dict[str, list[_Cell]] = {}
    for cells in each:
        for value, cell in cells.items():
            lists.setdefault(value, []).append(cell)
    return {value: add(found) for value, found in lists.items()}


def _session_rows(
    tally: Tally, segment: str, least: int, size: Callable[[Sequence[Cell]], int]
) -> Iterator[Row]:
    totals = {
        version: cells[SESSIONS] for version, cells in _field(tally.sessions, segment, SESSIONS).items()
    }
    found = pool(totals, least, size)
    if found is None:
        return
    group = _groups(found)
    for name in _names(tally.sessions, segment):
        if is_of_events(name):
            continue
        grouped = _grouped(_field(tally.sessions, segment, name), group, add_cells)
        divided = divide(grouped, least, size, add_cells)
        for version, value, cells in (*divided, *_over_versions(divided)):
            yield Row("sessions", name, segment, version, value, sessions=sessions_in(cells))
    yield from _duration_rows(tally, segment, group, least)


def _over_versions(divided: Sequence[Division]) -> Iterator[Division]:
    """Give the sums over versions of what is divided by version."""
    sums: dict[str, tuple[Any, ...]] = {}
    for each in divided:
        if each.version:
            sums[each.value] = (*sums.get(each.value, ()), *each.cells)
    for value, cells in sorted(sums.items()):
        yield Division("", value, cells)


def _duration_rows(tally: Tally, segment: str, group: Mapping[str, str], least: int) -> Iterator[Row]:
    for name in _names(tally.durations, segment):
        found = _field(tally.durations, segment, name)
        grouped: dict[str, list[Durations]] = {"": list(found.values())}
        for version, durations in found.items():
            grouped.setdefault(group.get(version, POOLED), []).append(durations)
        for version, parts in sorted(grouped.items()):
            row = _duration_row(segment, name, version, parts, least)
            if row is not None:
                yield row


def _duration_row(
    segment: str, name: str, version: str, parts: Sequence[Durations], least: int
) -> Row | None:
    buckets: Counter[int] = Counter()
    for part in parts:
        buckets.update(part.buckets)
    times = buckets.total()
    people = people_in([part.who for part in parts])
    if (times if segment == "ci" else people) < least:
        return None
    failed = add_cells([part.failed for part in parts])
    enough = sessions_in([failed]) if segment == "ci" else people_in([part.failed for part in parts])
    share = round(100 * failed.sessions / times) if enough >= least or failed.sessions == 0 else None
    return Row(
        "duration",
        name,
        segment,
        version,
        "",
        median=percentile(buckets, 0.5),
        high=percentile(buckets, 0.95),
        failed=share,
    )


def _groups(found: Pooled) -> dict[str, str]:
    """Return under which version each is published."""
    return {**{version: version for version in found.shown}, **dict.fromkeys(found.hidden, POOLED)}


def _grouped(
    by_version: Mapping[str, Mapping[str, _Cell]],
    group: Mapping[str, str],
    add: Callable[[Sequence[_Cell]], _Cell],
) -> dict[str, dict[str, _Cell]]:
    lists: dict[str, list[Mapping[str, _Cell]]] = {}
    for version, cells in by_version.items():
        lists.setdefault(group.get(version, POOLED), []).append(cells)
    return {version: _added(found, add) for version, found in sorted(lists.items())}


def _field(table: Mapping[tuple[str, str, str], _Cell], segment: str, name: str) -> dict[str, _Cell]:
    """Return the entries of one field by version."""
    return {key[1]: found for key, found in sorted(table.items()) if key[0] == segment and key[2] == name}


def _names(table: Mapping[tuple[str, str, str], Any], segment: str) -> list[str]:
    return sorted({key[2] for key in table if key[0] == segment})
