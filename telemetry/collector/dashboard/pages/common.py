"""What several pages show."""

from collections.abc import Mapping, Sequence

from telemetry.collector.dashboard.blocks import Block
from telemetry.collector.dashboard.figures import Cell, Figures
from telemetry.collector.dashboard.overtime import stacked

__all__ = [
    "by_period",
    "by_version",
    "counted_by",
    "newest_version",
    "people_over_time",
    "time_label",
    "week_sums",
]


def counted_by(figures: Figures) -> str:
    """Return the division that tells how many there are: people, or on CI systems sessions."""
    return "sessions" if figures.filters.who == "ci" else "active"


def week_sums(cells: Sequence[Cell]) -> dict[str, int]:
    """Return people, or sessions, by week over all versions and values."""
    found: dict[str, int] = {}
    for cell in cells:
        found[cell.period] = found.get(cell.period, 0) + cell.size
    return found


def by_period(cells: Sequence[Cell], value: str) -> dict[str, int]:
    """Return people, or sessions, by week, of one value."""
    return week_sums([cell for cell in cells if cell.value == value])


def by_version(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells of single versions, without those of all together."""
    return [cell for cell in cells if cell.version]


def newest_version(cells: Sequence[Cell]) -> Mapping[str, int]:
    """Return people by version in the last week of some cells."""
    last = max((cell.period for cell in cells), default="")
    found: dict[str, int] = {}
    for cell in cells:
        if cell.period == last:
            found[cell.version] = found.get(cell.version, 0) + cell.size
    return found


def time_label(name: str) -> str:
    """Return the words for what took a time: `run` for `command:run`, spans by their names."""
    return name.partition(":")[2] or ("all commands" if name == "command" else name)


async def people_over_time(figures: Figures) -> Block | None:
    """Return people by week, new ones and others; sessions where there are no people."""
    if figures.filters.who == "ci":
        sums = week_sums(await figures.cells("sessions", ["sessions"]))
        numbers = [sums.get(period) for period in figures.periods]
        return stacked("Sessions a week", [("sessions", "s0", numbers)], figures)
    active = week_sums(await figures.cells("people", ["active"]))
    newcomers = await figures.cells("people", ["newcomer"])
    new = by_period(newcomers, "new")
    total = [active.get(period) for period in figures.periods]
    fresh = [new.get(period) for period in figures.periods]
    others = [None if all_ is None else all_ - (first or 0) for all_, first in zip(total, fresh, strict=True)]
    return stacked(
        "People a week",
        [("seen before", "s0", others), ("new", "s1", fresh)],
        figures,
        note="New are those whose installation reported for the first time; fewer than 10 are not shown.",
    )
