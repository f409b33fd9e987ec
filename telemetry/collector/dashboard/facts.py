"""Sentences that say in words what the charts show, for a reader who has a minute."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from telemetry.catalog import Catalog
from telemetry.collector.dashboard.blocks import word
from telemetry.collector.dashboard.charts.scales import duration, percent, thousands
from telemetry.collector.dashboard.figures import Cell, Figures, by_version_number
from telemetry.collector.dashboard.shares import WHO_WORDS
from telemetry.collector.summary.release import POOLED

__all__ = ["Known", "days_of_week", "facts"]

_SUMS = Mapping[str, Mapping[str, tuple[int, int]]]


class Known(NamedTuple):
    """The figures that sentences are made of."""

    active: Sequence[Cell]
    versions: Sequence[Cell]
    values: _SUMS
    verbs: _SUMS
    times: Sequence[Cell]


def facts(figures: Figures, catalog: Catalog, known: Known) -> Iterator[str]:
    """Give the sentences for which there are figures."""
    yield from _versions(figures, known)
    for name, start in (("osName", "They work on"), ("linuxDistribution", "Those on Linux use")):
        ranking = _ranking(known.values.get(name, {}))
        if catalog.field(name) is not None and ranking:
            yield f"{start} {ranking}."
    ranking = _ranking(known.verbs.get("commandType", {}))
    if ranking:
        yield f"The commands are {ranking} of sessions."
    if known.times:
        last = known.times[-1]
        yield (
            f"Half of all commands take less than {duration(last.median or 0)}, "
            f"and one in twenty takes more than {duration(last.high or 0)}."
        )


def days_of_week(first_day: int) -> str:
    """Return the days of a week: `16 to 22 November 2026`."""
    first = date(1970, 1, 1) + timedelta(days=first_day)
    last = first + timedelta(days=6)
    begin = f"{first.day}"
    if first.month != last.month:
        begin += f" {first:%B}"
    if first.year != last.year:
        begin += f" {first.year}"
    return f"{begin} to {last.day} {last:%B} {last.year}"


def _versions(figures: Figures, known: Known) -> Iterator[str]:
    if not figures.weeks:
        return
    week = figures.weeks[-1]
    total = sum(cell.size for cell in known.active if cell.period == week.period)
    who = WHO_WORDS[figures.filters.who]
    if not total:
        yield f"Fewer than {week.least} {who} were there in {week.period}: nothing is told of them."
        return
    yield f"About {thousands(total)} {who} in the week from {days_of_week(week.first_day)}."
    sizes: dict[str, int] = {}
    for cell in known.versions:
        if cell.period == week.period and cell.version not in ("", POOLED):
            sizes[cell.version] = sizes.get(cell.version, 0) + cell.size
    if len(sizes) > 1:
        most = max(sizes, key=lambda version: sizes[version])
        newest = max(sizes, key=by_version_number)
        rest = (
            f"; {percent(sizes[newest] / total)} have the newest, {newest}"
            if newest != most
            else ", the newest"
        )
        yield f"{percent(sizes[most] / total)} have version {most}{rest}."


def _ranking(sums: Mapping[str, tuple[int, int]]) -> str:
    """Return the three most frequent values with their shares."""
    sizes = {value: people or sessions for value, (people, sessions) in sums.items() if value != ""}
    total = sum(sizes.values())
    named = sorted((value for value in sizes if value != POOLED), key=lambda value: -sizes[value])
    told = [f"{word(value)} ({percent(sizes[value] / total)})" for value in named[:3]]
    return f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else "".join(told)
