"""How long commands, tasks and steps take, and how that changes with versions."""

from collections.abc import Sequence

from telemetry.catalog import Catalog, Field
from telemetry.collector.dashboard.blocks import Block, Page, Table, sections
from telemetry.collector.dashboard.charts.bars import Bar, bars
from telemetry.collector.dashboard.charts.scales import percent
from telemetry.collector.dashboard.figures import EVERY, Cell, Figures, by_version_number
from telemetry.collector.dashboard.overtime import duration_lines, time_ranges
from telemetry.collector.dashboard.pages.common import time_label
from telemetry.collector.dashboard.shares import field_bars
from telemetry.collector.dashboard.topics import spoken
from telemetry.collector.summary.release import POOLED

__all__ = ["performance"]

_NOTE = "From the time that half stay below, to that which 95 % stay below; the axis is logarithmic."


async def performance(figures: Figures, catalog: Catalog) -> Page:
    """Return the page."""
    cells = await figures.cells("duration", version=EVERY)
    of_version = [cell for cell in cells if cell.version == figures.filters.version]
    last = [cell for cell in of_version if figures.periods and cell.period == figures.periods[-1]]
    spans = [span.name for span in catalog.spans]
    own, others = _of_the_program(catalog)
    sums = {**(await figures.sums("sessions")), **(await figures.sums("people"))}
    commands = [
        duration_lines("All commands", _named(of_version, "command"), figures),
        time_ranges("Which commands take how long?", _commands(last), note=_NOTE),
        time_ranges("All commands, by version", _versions(cells, figures, "command"), note=_NOTE),
    ]
    steps = [
        time_ranges("Which steps take how long?", _all(last, spans), note=_NOTE),
        _failures([cell for cell in last if cell.name in spans]),
        *(duration_lines(name, _named(of_version, name), figures) for name in spans),
    ]
    program = [
        *(duration_lines(spoken(name).capitalize(), _named(of_version, name), figures) for name in own),
        *(field_bars(field, sums.get(field.name), figures) for field in others),
    ]
    return Page(
        "Performance",
        "Times are known to 9 % and shown with two digits, so that nobody's own can be made out.",
        sections(
            ("Commands", "", commands),
            ("Tasks and steps", "", steps),
            ("The program itself", "", program),
        ),
    )


def _of_the_program(catalog: Catalog) -> tuple[list[str], list[Field]]:
    """Return the names of its own durations, and the fields that were proposed together with them."""
    durations = [field for field in catalog.attributes if field.kind == "duration"]
    proposals = {field.proposal for field in durations}
    others = [
        field
        for field in catalog.attributes
        if field.proposal in proposals and field.kind in ("bucket", "enum", "count")
    ]
    return [field.name for field in durations], others


def _named(cells: Sequence[Cell], name: str) -> list[Cell]:
    return [cell for cell in cells if cell.name == name]


def _all(cells: Sequence[Cell], names: Sequence[str]) -> list[tuple[str, Cell]]:
    return [(cell.name, cell) for name in names for cell in _named(cells, name)]


def _commands(cells: Sequence[Cell]) -> list[tuple[str, Cell]]:
    found = [(time_label(cell.name), cell) for cell in cells if cell.name.startswith("command:")]
    return sorted(found, key=lambda each: -(each[1].median or 0))


def _versions(cells: Sequence[Cell], figures: Figures, name: str) -> list[tuple[str, Cell]]:
    """Return the newest figures of each version, newest version first."""
    newest: dict[str, Cell] = {}
    for cell in _named(cells, name):
        if cell.version not in ("", POOLED):
            newest[cell.version] = cell  # cells come oldest first
    ordered = sorted(newest, key=by_version_number, reverse=True)[:8]
    return [(version, newest[version]) for version in ordered] if figures.weeks else []


def _failures(cells: Sequence[Cell]) -> Block | None:
    known = sorted((cell for cell in cells if cell.failed is not None), key=lambda cell: -(cell.failed or 0))
    if not any(cell.failed for cell in known):
        return None
    found = [Bar(cell.name, (cell.failed or 0) / 100, "") for cell in known]
    title = "Which steps fail how often?"
    return Block(
        title,
        Table(("Step", "Failed"), tuple((bar.label, percent(bar.share)) for bar in found)),
        (bars(found, title=title, description="; ".join(f"{b.label}: {percent(b.share)}" for b in found)),),
    )
