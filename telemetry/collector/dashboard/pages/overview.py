"""What a maintainer wants to know, on one page."""

from collections.abc import Mapping

from telemetry.catalog import Catalog, Field
from telemetry.collector.dashboard.blocks import Block, Page, Tile, sections
from telemetry.collector.dashboard.charts.scales import duration, percent, thousands
from telemetry.collector.dashboard.charts.sparks import spark
from telemetry.collector.dashboard.facts import Known, facts
from telemetry.collector.dashboard.figures import EVERY, Cell, Figures, by_version_number
from telemetry.collector.dashboard.overtime import duration_lines, time_ranges, version_columns
from telemetry.collector.dashboard.pages.common import (
    by_version,
    counted_by,
    newest_version,
    people_over_time,
    time_label,
    week_sums,
)
from telemetry.collector.dashboard.pages.crashes import crash_table
from telemetry.collector.dashboard.shares import features, field_bars
from telemetry.collector.dashboard.topics import environment, use
from telemetry.collector.summary.release import POOLED

__all__ = ["overview"]

_ENVIRONMENT = ("osName", "pythonVersion", "dockerVersion")
_MOST_ENVIRONMENT = 3


async def overview(figures: Figures, catalog: Catalog) -> Page:
    """Return the page."""
    active = await figures.cells(figures.topic, [counted_by(figures)])
    versions = by_version(await figures.cells(figures.topic, [counted_by(figures)], version=EVERY))
    times = await figures.cells("duration")
    whole = [cell for cell in times if cell.name == "command"]
    events = await figures.cells("event", ["events"])
    crashed = [cell for cell in events if cell.value == "UnhandledException"]
    sessions = await figures.cells("sessions", ["sessions"])
    values = await figures.sums(figures.topic)
    verbs = await figures.sums("sessions", ["commandType", "ciSystem"])
    blocks = _people(active, figures), _versions(versions, active, figures)
    used = [
        version_columns("Which versions are in use?", versions, figures),
        _bars(catalog, "commandType", verbs, figures),
        features("Which features are used most?", _flags(catalog), values),
    ]
    fast = [
        duration_lines("How long do commands take?", whole, figures),
        time_ranges("Which commands take how long?", _latest(times, figures)[:8]),
    ]
    return Page(
        "Overview",
        "",
        sections(
            ("Who uses it", "", [await people_over_time(figures)]),
            ("Versions and use", "", used),
            ("Where it runs", "", [_bars(catalog, name, values, figures) for name in _machines(catalog)]),
            ("How fast it is", "", fast),
            ("What goes wrong", "", [await crash_table(figures, 5)]),
            ("On CI systems", "", [await _ci(catalog, figures)]),
        ),
        tiles=(*blocks, _time(whole, figures), _crash_free(crashed, sessions, active, figures)),
        facts=tuple(facts(figures, catalog, Known(active, versions, values, verbs, whole))),
    )


def _people(active: list[Cell], figures: Figures) -> Tile:
    sums = week_sums(active)
    numbers = [sums.get(period) for period in figures.periods]
    label = "Sessions" if figures.filters.who == "ci" else "People"
    if not numbers or numbers[-1] is None:
        return Tile(f"{label} in the last week", "fewer than 10", "")
    before = numbers[-2] if len(numbers) > 1 else None
    note = f"in {figures.periods[-1]}"
    if before:
        change = numbers[-1] / before - 1
        note = f"{'+' if change >= 0 else '−'}{percent(abs(change))} on the week before"  # noqa: RUF001
    return Tile(f"{label} in {figures.labels[-1]}", thousands(numbers[-1]), note, spark(numbers), "adoption")


def _versions(versions: list[Cell], active: list[Cell], figures: Figures) -> Tile:
    last = newest_version(versions)
    named = sorted((version for version in last if version not in ("", POOLED)), key=by_version_number)
    if not named or figures.filters.version:
        return Tile("Newest version", named[-1] if named else "none yet", "")
    total = week_sums(active).get(figures.periods[-1]) or sum(last.values())
    share = last[named[-1]] / total
    weekly = _shares_of(named[-1], versions, active, figures)
    return Tile(f"On {named[-1]}, the newest", percent(share), "of them", spark(weekly), "adoption")


def _shares_of(
    version: str, versions: list[Cell], active: list[Cell], figures: Figures
) -> list[float | None]:
    of = week_sums([cell for cell in versions if cell.version == version])
    every = week_sums(active)
    return [of.get(period, 0) / every[period] if period in every else None for period in figures.periods]


def _time(whole: list[Cell], figures: Figures) -> Tile:
    if not whole:
        return Tile("Median time of a command", "too few to tell", "")
    weekly = {cell.period: cell.median for cell in whole}
    last = whole[-1]
    line = spark([weekly.get(period) for period in figures.periods])
    return Tile(
        "Median time of a command",
        duration(last.median or 0),
        f"95 % less than {duration(last.high or 0)}",
        line,
        "performance",
    )


def _crash_free(crashed: list[Cell], sessions: list[Cell], active: list[Cell], figures: Figures) -> Tile:
    """Return the share without a crash: of sessions, and of people where sessions are not told by version."""
    told = all(cell.sessions for cell in crashed)
    every = week_sums(sessions if told else active)
    crashes = {cell.period: (cell.sessions if told else cell.people) or 0 for cell in crashed}
    shares = [
        1 - crashes.get(period, 0) / every[period] if every.get(period) else None
        for period in figures.periods
    ]
    known = [share for share in shares if share is not None]
    label = "Sessions without a crash" if told else "People without a crash"
    if not known:
        return Tile(label, "too few to tell", "")
    return Tile(label, f"{100 * known[-1]:.1f} %", "", spark(shares), "crashes")


def _bars(
    catalog: Catalog, name: str, sums: Mapping[str, Mapping[str, tuple[int, int]]], figures: Figures
) -> Block | None:
    field = catalog.field(name)
    return None if field is None else field_bars(field, sums.get(name), figures)


def _machines(catalog: Catalog) -> list[str]:
    """Return the fields about machines that matter first: those of taskrunner, or else the first ones."""
    known = [name for name in _ENVIRONMENT if catalog.field(name) is not None]
    others = [field.name for topic in environment(catalog) for field in topic.values]
    return list(dict.fromkeys([*known, *others]))[:_MOST_ENVIRONMENT]


def _flags(catalog: Catalog) -> list[Field]:
    return [field for topic in use(catalog) for field in topic.flags]


def _latest(times: list[Cell], figures: Figures) -> list[tuple[str, Cell]]:
    """Return the last week's times of commands, slowest first."""
    last = figures.periods[-1] if figures.periods else ""
    found = [
        (time_label(cell.name), cell)
        for cell in times
        if cell.period == last
        and cell.name.startswith("command:")
        and cell.version == figures.filters.version
    ]
    return sorted(found, key=lambda each: -(each[1].median or 0))


async def _ci(catalog: Catalog, figures: Figures) -> Block | None:
    field = catalog.field("ciSystem")
    if field is None:
        return None
    sums = (await figures.sums("sessions", ["ciSystem"], who="ci", version="")).get("ciSystem", {})
    told = {value: sizes for value, sizes in sums.items() if value not in ("", "none")}
    return field_bars(field, told, figures)
