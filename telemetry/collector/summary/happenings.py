"""The public cells of what happened in sessions: crashes by trace, errors by name.

People are told as everywhere, in tens that are settled with every larger group: a trace is part of all
that crashed, a version's of all versions', and all of them of everybody. Somebody can meet several
faults, so cells of one division may have people in common. How many sessions had one is told of each
kind of event alone: one person can have any number of them, and of two such numbers the difference could
be one person's.
"""

from collections.abc import Iterator, Mapping

from telemetry.collector.aggregates.model import Row
from telemetry.collector.summary.groups import Group, part_of, raised, settled
from telemetry.collector.summary.people import Everybody
from telemetry.collector.summary.release import Chance, floor_tens
from telemetry.collector.summary.tally import EVENTS, Cell, Tally

__all__ = ["ci_event_rows", "event_rows"]

_Cells = Mapping[str, Mapping[str, Cell]]
"""By version, where an empty one is all of them, and value."""
_Groups = dict[str, dict[str, Group]]
"""The same, as far as it is published."""


def event_rows(tally: Tally, segment: str, who: Everybody, least: int, chance: Chance) -> Iterator[Row]:
    """Give the cells of people or agents."""
    names = tally.event_names(segment)
    kinds: _Groups = {}
    for name in names:
        cells = tally.events_of(segment, name)
        found = _Settling(who, kinds, least, chance).groups(name, cells)
        if name == EVENTS:
            kinds = found
        for version, groups in sorted(found.items()):
            for value, group in sorted(groups.items()):
                counted = name == EVENTS and not version
                sessions = floor_tens(cells[version][value].sessions) if counted else None
                yield Row("event", name, segment, version, value, group.published, sessions)


def ci_event_rows(tally: Tally, least: int) -> Iterator[Row]:
    """Give the cells of CI systems, whose ids stand for nobody."""
    for name in tally.event_names("ci"):
        for version, cells in sorted(tally.events_of("ci", name).items()):
            for value, cell in sorted(cells.items()):
                if cell.sessions >= least:
                    yield Row("event", name, "ci", version, value, sessions=floor_tens(cell.sessions))


class _Settling:
    """Rounds the cells of one name and settles them with all that they are part of."""

    def __init__(self, who: Everybody, kinds: _Groups, least: int, chance: Chance) -> None:
        self._who = who
        self._kinds = kinds
        self._least = least
        self._chance = chance

    def groups(self, name: str, cells: _Cells) -> _Groups:
        """Return what is published; of versions, those that are published themselves."""
        kind = name.partition(".")[0]
        found = {"": self._of_version("", kind, cells.get("", {}), {})}
        for version in self._who.versions:
            found[version] = self._of_version(version, kind, cells.get(version, {}), found[""])
        for value, group in found[""].items():
            of_value = {version: of[value] for version, of in found.items() if version and value in of}
            for whole in (group, *self._around("", kind)):
                of_value = settled(of_value, whole, self._least)
            for version, cell in of_value.items():
                found[version][value] = cell
        return found

    def _around(self, version: str, kind: str) -> list[Group]:
        """Return the published groups that all cells of a version and kind of event are part of."""
        found = [self._who.all]
        found += [self._who.versions[version]] if version else []
        of_kind = [self._kinds.get(of, {}).get(kind) for of in dict.fromkeys(("", version))]
        return found + [group for group in of_kind if group is not None]

    def _of_version(
        self, version: str, kind: str, cells: Mapping[str, Cell], values: Mapping[str, Group]
    ) -> dict[str, Group]:
        """Return the cells of a version, settled with all cells that hold them."""
        outer = self._around(version, kind)
        found = {}
        for value, cell in cells.items():
            if cell.people >= self._least:
                around = [*outer, values[value]] if value in values else outer
                found[value] = raised(self._rounded(cell.people, around), around, self._least)
        for group in outer:
            found = settled(found, group, self._least)
        return found

    def _rounded(self, people: int, around: list[Group]) -> Group:
        for group in around:
            if group.people == people:
                return Group(people, group.published)
        return part_of(around[0], people, self._chance)
