"""What goes wrong: faults that nobody foresaw, and errors by their names."""

from collections.abc import Iterable, Mapping, Sequence

from telemetry.catalog import Catalog
from telemetry.collector.dashboard.blocks import Block, Page, Table, sections
from telemetry.collector.dashboard.charts.lines import Series, lines
from telemetry.collector.dashboard.charts.scales import percent, thousands
from telemetry.collector.dashboard.figures import EVERY, Cell, Figures, by_version_number
from telemetry.collector.dashboard.pages.common import week_sums
from telemetry.collector.dashboard.shares import value_bars
from telemetry.collector.summary.release import POOLED

__all__ = ["crash_table", "crashes"]

_CRASH = "UnhandledException"
_TRACE = "UnhandledException.trace"


async def crashes(figures: Figures, catalog: Catalog) -> Page:
    """Return the page."""
    events = await figures.cells("event", ["events"])
    sessions = week_sums(await figures.cells("sessions", ["sessions"]))
    sums = await figures.sums("event", version=figures.filters.version)
    return Page(
        "Crashes",
        "Errors that nothing caught, by the functions that they passed through, and errors with names. "
        "A trace holds names of the program's own code and nothing else; lines are left out, so that the "
        "same fault has the same trace in each version.",
        sections(
            ("How often", "", [_rate(kind.name, events, sessions, figures) for kind in catalog.events]),
            ("Which faults", "", [await crash_table(figures, 50)]),
            ("Which errors", "", [*_errors(catalog, sums, figures)]),
        ),
    )


async def crash_table(figures: Figures, most: int) -> Block | None:
    """Return the most frequent traces with the versions that have them."""
    cells = await figures.cells("event", [_TRACE], version=EVERY)
    if not cells:
        return None
    wanted = figures.filters.version
    totals: dict[str, int] = {}
    for cell in cells:
        if cell.version == wanted:
            totals[cell.value] = totals.get(cell.value, 0) + (cell.sessions or 0)
    ordered = sorted(totals, key=lambda trace: (-totals[trace], trace))[:most]
    rows = tuple((trace, thousands(totals[trace]), _versions(trace, cells)) for trace in ordered)
    if not rows:
        return None
    return Block(
        "Which faults do people meet?",
        Table(("Trace", "Sessions", "Versions"), rows),
        note=f"Each with at least {figures.weeks[-1].least} people in a week; sessions in whole tens.",
        wide=True,
        open=True,
    )


def _versions(trace: str, cells: Iterable[Cell]) -> str:
    found = {cell.version for cell in cells if cell.value == trace and cell.version not in ("", POOLED)}
    return ", ".join(sorted(found, key=by_version_number)) or "-"


def _rate(name: str, events: Sequence[Cell], sessions: Mapping[str, int], figures: Figures) -> Block | None:
    found = {cell.period: cell.sessions or 0 for cell in events if cell.value == name}
    shares = [
        found[period] / sessions[period] if period in found and sessions.get(period) else None
        for period in figures.periods
    ]
    known = [share for share in shares if share is not None]
    if not known:
        return None
    title = {
        "UnhandledException": "Sessions that crash",
        "CommandFailed": "Sessions that end with an error",
        "StepFailed": "Sessions with a step that fails",
    }.get(name, f"Sessions with {name}")
    rows = tuple(
        (period, "too few to tell" if share is None else percent(share), thousands(found.get(period, 0)))
        for period, share in zip(figures.periods, shares, strict=True)
    )
    return Block(
        title,
        Table(("Week", "Share", "Sessions"), rows[::-1]),
        (
            lines(
                figures.labels,
                [Series(percent(known[-1]), shares, "s1" if name == _CRASH else "s0")],
                title=title,
                description=f"{percent(known[-1])} in the last week that is known.",
                label=percent,
            ),
        ),
        field=name,
    )


def _errors(
    catalog: Catalog, sums: Mapping[str, Mapping[str, tuple[int, int]]], figures: Figures
) -> Iterable[Block | None]:
    for kind in catalog.events:
        for field in kind.attributes:
            name = f"{kind.name}.{field.name}"
            if field.kind == "enum" and name in sums:
                sizes = {value: (0, sessions) for value, (_, sessions) in sums[name].items()}
                yield value_bars(
                    field.question, sizes, figures, field=name, note="Of the sessions that have one."
                )
