"""The public cells of people: of each field by value, for all versions and for each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.periods import day_name
from telemetry.collector.summary.release import POOLED, Chance, Relation, floor_tens, near_ten, settle
from telemetry.collector.summary.tally import ACTIVE, Tally

__all__ = ["people_rows"]


class _Group(NamedTuple):
    """A published group of people, which others are parts of."""

    people: int
    published: int


def people_rows(tally: Tally, segment: str, least: int, chance: Chance) -> Iterator[Row]:
    """Give the cells of one week and segment."""
    active = {
        version: counts[ACTIVE]
        for (of, version, name), counts in tally.people.items()
        if (of, name) == (segment, ACTIVE)
    }
    total = sum(active.values())
    if total < least:
        return
    everybody = _Group(total, near_ten(total, chance))
    yield Row("people", ACTIVE, segment, "", ACTIVE, everybody.published)
    versions = _parts(active, everybody, least, chance)
    for version, group in versions.items():
        yield Row("people", ACTIVE, segment, version, ACTIVE, group.published)
    for (of, day), people in sorted(tally.days.items()):
        if of == segment and people >= least:
            name = day_name(day)
            yield Row("active", "day", segment, "", name, _inside(people, (everybody,), least, chance))
    for name in sorted({key[2] for key in tally.people if key[0] == segment} - {ACTIVE}):
        by_version = {key[1]: counts for key, counts in tally.people.items() if key[0::2] == (segment, name)}
        yield from _field_rows(segment, name, by_version, everybody, versions, least, chance)


def _field_rows(  # noqa: PLR0913, PLR0917 - a field, the groups that it divides, and the rules
    segment: str,
    name: str,
    by_version: Mapping[str, Mapping[str, int]],
    everybody: _Group,
    versions: Mapping[str, _Group],
    least: int,
    chance: Chance,
) -> Iterator[Row]:
    whole: Counter[str] = Counter()
    for counts in by_version.values():
        whole.update(counts)
    values = _parts(whole, everybody, least, chance)
    for value, group in values.items():
        yield Row("people", name, segment, "", value, group.published)
    cells: dict[str, dict[str, _Group]] = {}
    for version, group in versions.items():
        counts = _of_version(by_version, version, versions)
        cells[version] = _parts(counts, group, least, chance)
    for value, group in values.items():
        _settle_across(value, group, cells, least)
    for version, found in cells.items():
        for value, cell in found.items():
            outer = (everybody, versions[version], values.get(value, everybody))
            raised = _raised(cell, outer, least)
            yield Row("people", name, segment, version, value, raised)


def _of_version(
    by_version: Mapping[str, Mapping[str, int]], version: str, versions: Mapping[str, _Group]
) -> Counter[str]:
    counts: Counter[str] = Counter()
    for each, found in by_version.items():
        if each == version or (version == POOLED and each not in versions):
            counts.update(found)
    return counts


def _parts(counts: Mapping[str, int], whole: _Group, least: int, chance: Chance) -> dict[str, _Group]:
    """Return the parts of a group that may be public; those that are too small are one, if that is not."""
    parts = {value: people for value, people in sorted(counts.items()) if people >= least}
    small = sum(people for people in counts.values() if people < least)
    published = {
        # Who is everybody has everybody's number: two roundings of one group would narrow it down.
        value: whole.published if people == whole.people else near_ten(people, chance)
        for value, people in parts.items()
    }
    if small >= least:
        # Rounded down: of two cells with nine people each, 20 would tell that neither is empty.
        parts[POOLED], published[POOLED] = small, floor_tens(small)
    remainder = 0 if small >= least else small
    settled = settle(Relation(whole.published, remainder), parts, published, least)
    return {value: _Group(people, settled[value]) for value, people in parts.items()}


def _settle_across(value: str, whole: _Group, cells: Mapping[str, dict[str, _Group]], least: int) -> None:
    """Settle the cells that have one value in different versions with the number of that value."""
    if value == POOLED:
        return  # what is pooled differs from version to version
    found = {version: of[value] for version, of in cells.items() if value in of}
    parts = {version: group.people for version, group in found.items()}
    published = {version: group.published for version, group in found.items()}
    remainder = whole.people - sum(parts.values())
    for version, number in settle(Relation(whole.published, remainder), parts, published, least).items():
        cells[version][value] = _Group(parts[version], number)


def _inside(people: int, outer: tuple[_Group, ...], least: int, chance: Chance) -> int:
    for group in outer:
        if group.people == people:
            return group.published
    return _raised(_Group(people, near_ten(people, chance)), outer, least)


def _raised(cell: _Group, outer: tuple[_Group, ...], least: int) -> int:
    """Return the number of a cell, settled with each larger group that it is in."""
    number = cell.published
    for group in outer:
        relation = Relation(group.published, group.people - cell.people)
        number = settle(relation, {"": cell.people}, {"": number}, least)[""]
    return number
