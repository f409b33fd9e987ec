"""Who uses the program, which versions of it, and what they use."""

from collections.abc import Mapping, Sequence

from telemetry.catalog import Catalog
from telemetry.collector.dashboard.blocks import Block, Page, Table, sections
from telemetry.collector.dashboard.charts.lines import Series, lines
from telemetry.collector.dashboard.charts.scales import percent, thousands
from telemetry.collector.dashboard.figures import EVERY, Cell, Figures, by_version_number
from telemetry.collector.dashboard.overtime import stacked, version_columns
from telemetry.collector.dashboard.pages.common import (
    by_period,
    by_version,
    counted_by,
    people_over_time,
    week_sums,
)
from telemetry.collector.dashboard.shares import features, field_bars
from telemetry.collector.dashboard.topics import Topic, use
from telemetry.collector.summary.periods import day_number, week_name, week_of
from telemetry.collector.summary.release import POOLED

__all__ = ["adoption"]

_NEWEST = 5


async def adoption(figures: Figures, catalog: Catalog) -> Page:
    """Return the page."""
    everybody = await figures.cells(figures.topic, [counted_by(figures)], version="")
    versions = by_version(await figures.cells(figures.topic, [counted_by(figures)], version=EVERY))
    people = await figures.sums("people")
    sums = {**(await figures.sums("sessions")), **people}
    counts = [
        await people_over_time(figures),
        await _days_seen(figures),
        await _daily(figures),
        await _monthly(figures),
        await _leaving(figures, everybody),
    ]
    in_use = [
        version_columns("Which versions are in use?", versions, figures),
        _uptake(versions, everybody, figures),
    ]
    return Page(
        "Adoption",
        "How many there are, which versions they have, how soon they take up a new one, and what they use.",
        sections(
            ("How many", "", counts),
            ("Versions", "", in_use),
            *((topic.title, "", _used(topic, sums, figures)) for topic in use(catalog)),
        ),
    )


def _used(
    topic: Topic, sums: Mapping[str, Mapping[str, tuple[int, int]]], figures: Figures
) -> list[Block | None]:
    return [
        features(f"{topic.title}: what is used?", topic.flags, sums) if topic.flags else None,
        *(field_bars(field, sums.get(field.name), figures) for field in topic.values),
    ]


async def _days_seen(figures: Figures) -> Block | None:
    cells = await figures.cells("people", ["daysSeen"])
    once, often = by_period(cells, "1"), by_period(cells, "2+")
    return stacked(
        "People seen on one day, and on several",
        [
            ("two days or more", "s0", [often.get(period) for period in figures.periods]),
            ("one day", "s4", [once.get(period) for period in figures.periods]),
        ],
        figures,
        note="Those seen on at least two days of a week are the ones to plan for.",
    )


async def _daily(figures: Figures) -> Block | None:
    """Return the mean of the days of each week."""
    cells = await figures.cells("active", ["day"], version="")
    days: dict[str, list[int]] = {}
    for cell in cells:
        days.setdefault(week_name(week_of(day_number(cell.value))), []).append(cell.people or 0)
    numbers = [round(sum(found) / 7) if (found := days.get(period)) else None for period in figures.periods]
    busiest = [max(days[period]) if period in days else None for period in figures.periods]
    if not any(numbers):
        return None
    title = "People a day"
    rows = tuple(
        (cell.value, thousands(cell.people or 0)) for cell in sorted(cells, key=lambda cell: cell.value)
    )
    series = [Series("busiest", busiest, "s1"), Series("mean", numbers, "s0")]
    return Block(
        title,
        Table(("Day", "People"), rows[::-1]),
        (lines(figures.labels, series, title=title, description="Mean and busiest day of each week."),),
        note="In whole tens.",
    )


async def _monthly(figures: Figures) -> Block | None:
    cells = await figures.cells("active", ["month"], kind="month", version="")
    if not cells:
        return None
    title = "People a month"
    rows = tuple((cell.period, thousands(cell.people or 0)) for cell in cells)
    names = [cell.period for cell in cells]
    drawn = [Series("people", [cell.people for cell in cells], "s0")]
    return Block(
        title,
        Table(("Month", "People"), rows[::-1]),
        (lines(names, drawn, title=title, description=f"{rows[-1][1]} in {rows[-1][0]}."),)
        if len(cells) > 1
        else (),
        note="Ids that last, and of those that change each week the most in one week; in whole tens.",
        open=len(cells) == 1,
    )


async def _leaving(figures: Figures, active: Sequence[Cell]) -> Block | None:
    cells = await figures.cells("leaving", version="")
    if not cells:
        return None
    left = {cell.value: cell.people or 0 for cell in cells}
    every = week_sums(active)
    periods = [period for period in figures.periods if period in left and period in every]
    if not periods:
        return None
    shares: list[float | None] = [left[period] / every[period] for period in periods]
    title = "People who left"
    rows = tuple(
        (period, thousands(left[period]), percent(left[period] / every[period])) for period in periods
    )
    labels = [period.partition("-")[2] for period in periods]
    return Block(
        title,
        Table(("Last seen in", "People", "Of that week's"), rows[::-1]),
        (
            lines(
                labels,
                [Series("left", shares, "s1")],
                title=title,
                description=f"{rows[-1][2]} of the people of {rows[-1][0]}.",
                label=percent,
            ),
        ),
        note="Not seen for four weeks after the week that is named; in whole tens.",
    )


def _uptake(cells: Sequence[Cell], everybody: Sequence[Cell], figures: Figures) -> Block | None:
    """Return which share has a version or a newer one, by weeks since it came."""
    curves = _curves(cells, everybody, figures)
    longest = max(map(len, curves.values()), default=0)
    if longest < 2:
        return None
    title = "How soon is a version taken up?"
    names = [f"+{week}" if week else "first week" for week in range(longest)]
    filled = {version: [*curve, *([None] * (longest - len(curve)))] for version, curve in curves.items()}
    series = [
        Series(version, curve, f"s{place}") for place, (version, curve) in enumerate([*filled.items()][::-1])
    ]
    rows = tuple(
        (name, *("-" if (share := filled[version][week]) is None else percent(share) for version in filled))
        for week, name in enumerate(names)
    )
    return Block(
        title,
        Table(("Weeks", *filled), rows),
        (
            lines(
                names,
                series,
                title=title,
                description="Share with each version or a newer one, by weeks since it was first seen.",
                label=percent,
                largest=1.0,
            ),
        ),
        note="The share that has this version or a newer one, by weeks since it was first published here.",
    )


def _curves(
    cells: Sequence[Cell], everybody: Sequence[Cell], figures: Figures
) -> dict[str, list[float | None]]:
    """Return the share of the newest versions in each week from the first on that has them."""
    every = week_sums(everybody)
    known = [cell for cell in cells if cell.version not in ("", POOLED)]
    versions = sorted({cell.version for cell in known}, key=by_version_number)
    curves: dict[str, list[float | None]] = {}
    for version in versions[1:][-_NEWEST:]:
        oldest = by_version_number(version)
        newer = week_sums([cell for cell in known if by_version_number(cell.version) >= oldest])
        since = [period for period in figures.periods if period in newer]
        if since:
            after = figures.periods[figures.periods.index(since[0]) :]
            curves[version] = [newer.get(period, 0) / every[period] for period in after if period in every]
    return curves
