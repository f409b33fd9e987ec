"""The public cells of people: of each field by value, for all versions and for each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.groups import Group, inside, parts_of, raised, rounded, settled
from telemetry.collector.summary.periods import day_name
from telemetry.collector.summary.release import POOLED, Chance
from telemetry.collector.summary.tally import ACTIVE, Tally

__all__ = ["Everybody", "everybody", "people_rows"]


class Everybody(NamedTuple):
    """The people of a week and segment, by version."""

    all: Group
    versions: dict[str, Group]


def everybody(tally: Tally, segment: str, least: int, chance: Chance) -> Everybody | None:
    """Return how many people there were, or None where that may not be said."""
    active = {
        version: counts[ACTIVE]
        for (of, version, name), counts in tally.people.items()
        if (of, name) == (segment, ACTIVE)
    }
    total = sum(active.values())
    if total < least:
        return None
    whole = rounded(total, chance)
    return Everybody(whole, parts_of(active, whole, least, chance))


def people_rows(tally: Tally, segment: str, who: Everybody, least: int, chance: Chance) -> Iterator[Row]:
    """Give the cells of one week and segment."""
    yield Row("people", ACTIVE, segment, "", ACTIVE, who.all.published)
    for version, group in who.versions.items():
        yield Row("people", ACTIVE, segment, version, ACTIVE, group.published)
    for (of, day), people in sorted(tally.days.items()):
        if of == segment and people >= least:
            number = inside(people, (who.all,), least, chance)
            yield Row("active", "day", segment, "", day_name(day), number)
    for name in sorted({key[2] for key in tally.people if key[0] == segment} - {ACTIVE}):
        by_version = {key[1]: counts for key, counts in tally.people.items() if key[0::2] == (segment, name)}
        yield from _field_rows(segment, name, by_version, who, least, chance)


def _field_rows(  # noqa: PLR0913, PLR0917 - a field, the groups that it divides, and the rules
    segment: str,
    name: str,
    by_version: Mapping[str, Mapping[str, int]],
    who: Everybody,
    least: int,
    chance: Chance,
) -> Iterator[Row]:
    whole: Counter[str] = Counter()
    for counts in by_version.values():
        whole.update(counts)
    values = parts_of(whole, who.all, least, chance)
    for value, group in values.items():
        yield Row("people", name, segment, "", value, group.published)
    cells: dict[str, dict[str, Group]] = {}
    for version, group in who.versions.items():
        counts = _of_version(by_version, version, who.versions)
        cells[version] = settled(parts_of(counts, group, least, chance), who.all, least)
    for value, group in values.items():
        if value != POOLED:  # what is pooled differs from version to version
            of_value = {version: of[value] for version, of in cells.items() if value in of}
            for larger in (group, who.all):
                of_value = settled(of_value, larger, least)
            for version, cell in of_value.items():
                cells[version][value] = cell
    for version, found in cells.items():
        for value, cell in found.items():
            outer = (who.all, who.versions[version], values.get(value, who.all))
            yield Row("people", name, segment, version, value, raised(cell, outer, least).published)


def _of_version(
    by_version: Mapping[str, Mapping[str, int]], version: str, versions: Mapping[str, Group]
) -> Counter[str]:
    counts: Counter[str] = Counter()
    for each, found in by_version.items():
        if each == version or (version == POOLED and each not in versions):
            counts.update(found)
    return counts
