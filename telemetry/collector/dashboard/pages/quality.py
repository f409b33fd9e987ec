"""How far the numbers can be trusted: what is missing, what is unknown, what was changed afterwards."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from telemetry.catalog import Catalog
from telemetry.collector.aggregates.model import AggregateStore
from telemetry.collector.dashboard.blocks import Block, Page, Table, sections
from telemetry.collector.dashboard.charts.lines import Series, lines
from telemetry.collector.dashboard.charts.scales import percent, thousands
from telemetry.collector.dashboard.figures import Cell, Figures
from telemetry.collector.dashboard.shares import features, field_bars
from telemetry.collector.dashboard.topics import record_fields
from telemetry.collector.summary.warnings import daily_shares, jumps

__all__ = ["quality"]

_DRAWN = 4


async def quality(figures: Figures, catalog: Catalog, store: AggregateStore) -> Page:
    """Return the page."""
    application = figures.filters.application
    shares = await daily_shares(store, application)
    sums = {**(await figures.sums("people")), **(await figures.sums("sessions"))}
    refused = await figures.cells("refused", kind="day", who="people", version="")
    late = await figures.cells("quality", ["late"], kind="day", who="people", version="")
    fields = record_fields(catalog)
    flags = [field for field in fields if field.kind == "flag"]
    return Page(
        "Data quality",
        "What is missing from these numbers, and whether a source changed its output.",
        sections(
            ("Unknown values", "", [_others(shares), _table_of_others(shares)]),
            ("What did not get in", "", [_refused(refused), _late(late), _left_out(figures)]),
            (
                "What records tell of themselves",
                "",
                [
                    features("Records", flags, sums),
                    *(field_bars(field, sums.get(field.name), figures) for field in fields),
                ],
            ),
            ("What was published", "", [_publications(figures), await _notes(store)]),
        ),
        warnings=tuple(str(jump) for jump in await jumps(store, application)),
    )


def _others(shares: Mapping[str, Sequence[tuple[str, float]]]) -> Block | None:
    days = sorted({day for found in shares.values() for day, _ in found})
    highest = sorted(shares, key=lambda name: -max(share for _, share in shares[name]))[:_DRAWN]
    if len(days) < 2 or not any(share for name in highest for _, share in shares[name]):
        return None
    series = [
        Series(name, [dict(shares[name]).get(day) for day in days], f"s{place}")
        for place, name in enumerate(highest)
    ]
    title = "How often is a value unknown?"
    names = [day[5:] for day in days]
    rows = tuple(
        (
            day,
            *("-" if (share := dict(shares[name]).get(day)) is None else percent(share) for name in highest),
        )
        for day in days
    )
    return Block(
        title,
        Table(("Day", *highest), rows[::-1]),
        (lines(names, series, title=title, description=", ".join(highest), label=percent),),
        note="The fields with the highest share of the value “other” on a day of the last four weeks.",
    )


def _table_of_others(shares: Mapping[str, Sequence[tuple[str, float]]]) -> Block | None:
    rows = tuple(
        (name, percent(found[-1][1]), percent(max(share for _, share in found)), found[-1][0][5:])
        for name, found in sorted(shares.items(), key=lambda each: -each[1][-1][1])
    )
    if not rows:
        return None
    return Block(
        "Unknown values by field",
        Table(("Field", "Last day", "Highest in four weeks", "Day"), rows),
        open=True,
        note="A field of which fewer than 10 people had an unknown value on a day is not told.",
    )


def _refused(cells: Sequence[Cell]) -> Block | None:
    sums: dict[tuple[str, str], int] = {}
    for cell in cells:
        sums[cell.name, cell.value] = sums.get((cell.name, cell.value), 0) + (cell.sessions or 0)
    if not sums:
        return None
    rows = tuple(
        (name or "-", kind, thousands(sessions))
        for (name, kind), sessions in sorted(sums.items(), key=lambda each: -each[1])
    )
    return Block(
        "Sessions that were refused",
        Table(("Where", "Why", "Sessions"), rows),
        note="In whole tens of each day; the value itself is never kept.",
        open=True,
    )


def _late(cells: Sequence[Cell]) -> Block | None:
    if not cells:
        return None
    rows = tuple((cell.period, thousands(cell.sessions or 0)) for cell in cells)
    return Block(
        "Sessions that came too late",
        Table(("Day", "Sessions"), rows[::-1]),
        note="Their week was published already, and does not change.",
        open=True,
    )


def _left_out(figures: Figures) -> Block | None:
    rows = tuple((week.period, thousands(week.unreadable)) for week in figures.weeks if week.unreadable)
    if not rows:
        return None
    return Block(
        "Sessions that no catalogue explains any more", Table(("Week", "Sessions"), rows[::-1]), open=True
    )


def _publications(figures: Figures) -> Block | None:
    rows = tuple(
        (week.period, _time(week.frozen), str(week.least), f"ε {week.noise:g}" if week.noise else "none")
        for week in figures.weeks
    )
    if not rows:
        return None
    spent = sum(week.noise for week in figures.weeks)
    return Block(
        "Publications",
        Table(("Week", "Frozen", "Least people", "Noise"), rows[::-1]),
        note=f"Budget that noise used up in this period: ε {spent:g} for each person." if spent else "",
        open=True,
    )


async def _notes(store: AggregateStore) -> Block | None:
    rows = tuple((_time(note.at), note.cell, note.reason) for note in await store.notes())
    if not rows:
        return None
    return Block(
        "Cells that were taken out afterwards",
        Table(("When", "Cell", "Why"), rows[::-1]),
        open=True,
        wide=True,
    )


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")
