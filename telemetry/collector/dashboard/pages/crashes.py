"""What goes wrong: faults that nobody foresaw, and errors by their names."""

from collections.abc import Iterable, Mapping, Sequence

from telemetry.catalog import Catalog
from telemetry.collector.dashboard.blocks import Block, Page, Table, sections
from telemetry.collector.dashboard.charts.lines import Series, lines
from telemetry.collector.dashboard.charts.scales import percent, thousands
from telemetry.collector.dashboard.figures import EVERY, Cell, Figures, by_version_number
from telemetry.collector.dashboard.pages.common import counted_by, week_sums
from telemetry.collector.dashboard.shares import WHO_WORDS, value_bars
from telemetry.collector.summary.release import POOLED

__all__ = ["crash_table", "crashes"]

_CRASH = "UnhandledException"
_TRACE = "UnhandledException.trace"
_WORDS = {
    "UnhandledException": "a crash",
    "CommandFailed": "a command that failed",
    "StepFailed": "a step that failed",
}


async def crashes(figures: Figures, catalog: Catalog) -> Page:
    """Return the page."""
    events = await figures.cells("event", ["events"])
    active = week_sums(await figures.cells(figures.topic, [counted_by(figures)]))
    sums = await figures.sums("event", version=figures.filters.version)
    return Page(
        "Crashes",
        "Errors that nothing caught, by the functions that they passed through, and errors with names. "
        "A trace holds names of the program's own code and nothing else; lines are left out, so that the "
        "same fault has the same trace in each version.",
        sections(
            ("How often", "", [_rate(kind.name, events, active, figures) for kind in catalog.events]),
            ("Which faults", "", [await crash_table(figures, 50)]),
            ("Which errors", "", [*_errors(catalog, sums, figures)]),
        ),
    )


async def crash_table(figures: Figures, most: int) -> Block | None:
    """Return the most frequent traces: how many met them, from when until when, and in which versions."""
    cells = await figures.cells("event", [_TRACE], version=EVERY)
    by_trace: dict[str, dict[str, int]] = {}
    for cell in cells:
        if cell.version == figures.filters.version:
            by_trace.setdefault(cell.value, {})[cell.period] = cell.size
    ordered = sorted(by_trace, key=lambda trace: (-sum(by_trace[trace].values()), trace))[:most]
    rows = tuple(
        (
            _in_lines(trace),
            thousands(max(by_trace[trace].values())),
            _seen([*by_trace[trace]], figures),
            _versions(trace, cells),
        )
        for trace in ordered
    )
    if not rows:
        return None
    who = WHO_WORDS[figures.filters.who].capitalize()
    return Block(
        "Which faults do people meet?",
        Table(("Trace", f"{who} a week, at most", "Seen", "Versions"), rows),
        note=f"A week counts if at least {figures.weeks[-1].least} people met it, and a version if they had "
        "it. Rarer ones are published nowhere.",
        wide=True,
        open=True,
    )


def _in_lines(trace: str) -> str:
    """Return a trace with a line for each exception, and one for the places that it passed through."""
    return trace.replace(" at ", "\n  at ").replace(" <- ", "\n<- ")


def _seen(periods: Sequence[str], figures: Figures) -> str:
    """Return the first and the last week; a fault of the last week alone is new."""
    first, last = (period.partition("-")[2] for period in (min(periods), max(periods)))
    if len(figures.periods) > 1 and min(periods) == figures.periods[-1]:
        return f"{last}, new"
    return first if first == last else f"{first} to {last}"


def _versions(trace: str, cells: Iterable[Cell]) -> str:
    found = {cell.version for cell in cells if cell.value == trace and cell.version not in ("", POOLED)}
    return ", ".join(sorted(found, key=by_version_number)) or "-"


def _rate(name: str, events: Sequence[Cell], active: Mapping[str, int], figures: Figures) -> Block | None:
    found = {cell.period: cell.size for cell in events if cell.value == name}
    shares = [
        found[period] / active[period] if period in found and active.get(period) else None
        for period in figures.periods
    ]
    known = [share for share in shares if share is not None]
    if not known:
        return None
    who = WHO_WORDS[figures.filters.who].capitalize()
    title = f"{who} with {_WORDS.get(name, name)}"
    rows = tuple(
        (period, "too few to tell" if share is None else percent(share), thousands(found.get(period, 0)))
        for period, share in zip(figures.periods, shares, strict=True)
    )
    return Block(
        title,
        Table(("Week", "Share", who), rows[::-1]),
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
                yield value_bars(
                    field.question, sums[name], figures, field=name, note="Of all that were met."
                )
