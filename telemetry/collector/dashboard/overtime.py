"""Blocks that show how something changed from week to week, and how long things take."""

from collections.abc import Sequence
from typing import Final

from telemetry.collector.dashboard.blocks import Block, Legend, Table
from telemetry.collector.dashboard.charts.columns import Stack, columns
from telemetry.collector.dashboard.charts.lines import Series, lines
from telemetry.collector.dashboard.charts.ranges import Range, ranges
from telemetry.collector.dashboard.charts.scales import duration, percent, thousands
from telemetry.collector.dashboard.figures import Cell, Figures, by_version_number
from telemetry.collector.summary.release import POOLED

__all__ = ["duration_lines", "stacked", "time_ranges", "version_columns"]

_WIDE: Final = 1000.0
_NEWEST: Final = 6
_NOTHING: Final = "-"


def stacked(
    title: str, parts: Sequence[tuple[str, str, Sequence[float | None]]], figures: Figures, *, note: str = ""
) -> Block | None:
    """Return numbers that add up, week by week; parts are name, class and numbers."""
    if not figures.weeks:
        return None
    stacks = [Stack(name, numbers, class_) for name, class_, numbers in parts if any(numbers)]
    if not stacks:
        return None
    rows = tuple(
        (period, *(_shown(stack.numbers[place]) for stack in stacks))
        for place, period in enumerate(figures.periods)
    )
    description = f"{len(rows)} weeks; in the last one " + ", ".join(
        f"{stack.name}: {_shown(stack.numbers[-1])}" for stack in stacks
    )
    return Block(
        title,
        Table(("Week", *(stack.name for stack in stacks)), rows[::-1]),
        (
            columns(figures.labels, stacks, title=title, description=description, class_="narrow"),
            columns(
                figures.labels,
                stacks,
                title=title,
                description=description,
                width=_WIDE,
                height=280.0,
                class_="broad",
            ),
        ),
        tuple(Legend(stack.class_, stack.name) for stack in stacks),
        note=note,
        wide=True,
    )


def version_columns(title: str, cells: Sequence[Cell], figures: Figures) -> Block | None:
    """Return which share has which version, week by week; the newest six stand alone."""
    sizes: dict[tuple[str, str], int] = {}
    for cell in cells:
        key = (cell.version or POOLED, cell.period)
        sizes[key] = sizes.get(key, 0) + cell.size
    versions = sorted({version for version, _ in sizes}, key=by_version_number, reverse=True)
    named = [version for version in versions if version != POOLED][:_NEWEST]
    groups = {version: [version] for version in reversed(named)}
    older = [version for version in versions if version not in named]
    ordered = ([("older or few", older)] if older else []) + list(groups.items())
    stacks = [
        Stack(
            name,
            [sum(sizes.get((version, period), 0) for version in group) or None for period in figures.periods],
            "quiet" if group is older else f"v{len(named) - 1 - list(groups).index(name)}",
        )
        for name, group in ordered
    ]
    if not sizes or not figures.weeks:
        return None
    totals = [sum(stack.numbers[place] or 0 for stack in stacks) for place in range(len(figures.weeks))]
    rows = tuple(
        (period, *(percent((stack.numbers[place] or 0) / (totals[place] or 1)) for stack in reversed(stacks)))
        for place, period in enumerate(figures.periods)
    )
    description = "Share of each version; in the last week " + ", ".join(
        f"{name}: {share}"
        for name, share in zip([s.name for s in reversed(stacks)], rows[-1][1:], strict=True)
    )
    return Block(
        title,
        Table(("Week", *(stack.name for stack in reversed(stacks))), rows[::-1]),
        (columns(figures.labels, stacks, title=title, description=description, shares=True),),
        tuple(Legend(stack.class_, stack.name) for stack in reversed(stacks)),
    )


def duration_lines(title: str, cells: Sequence[Cell], figures: Figures, *, note: str = "") -> Block | None:
    """Return a median and a 95th percentile over the weeks."""
    by_week = {cell.period: cell for cell in cells}
    found = [by_week.get(period) for period in figures.periods]
    if not any(found):
        return None
    series = [
        Series("95 %", [each.high if each else None for each in found], "s1"),
        Series("median", [each.median if each else None for each in found], "s0"),
    ]
    last = next(each for each in reversed(found) if each)
    description = f"In {last.period}: median {duration(last.median or 0)}, 95 % {duration(last.high or 0)}."
    rows = tuple(
        (period, duration(each.median or 0), duration(each.high or 0))
        if each
        else (period, _NOTHING, _NOTHING)
        for period, each in zip(figures.periods, found, strict=True)
    )
    return Block(
        title,
        Table(("Week", "Median", "95 %"), rows[::-1]),
        (
            lines(
                figures.labels,
                series,
                title=title,
                description=description,
                label=duration,
                logarithmic=True,
            ),
        ),
        (Legend("s0", "half take less"), Legend("s1", "95 % take less")),
        note=note or "The axis is logarithmic.",
    )


def time_ranges(title: str, found: Sequence[tuple[str, Cell]], *, note: str = "") -> Block | None:
    """Return medians and 95th percentiles of several things."""
    if not found:
        return None
    drawn = [Range(label, cell.median or 0, cell.high or 0) for label, cell in found]
    rows = tuple(
        (
            label,
            duration(cell.median or 0),
            duration(cell.high or 0),
            "too few to tell" if cell.failed is None else f"{cell.failed} %",
        )
        for label, cell in found
    )
    description = "; ".join(
        f"{each.label}: {duration(each.median)} to {duration(each.high)}" for each in drawn
    )
    return Block(
        title,
        Table(("What", "Median", "95 %", "Failed"), rows),
        (ranges(drawn, title=title, description=description),),
        (Legend("s0 dot", "half take less"), Legend("s0 ring", "95 % take less")),
        note=note,
    )


def _shown(value: float | None) -> str:
    return _NOTHING if value is None else thousands(value)
