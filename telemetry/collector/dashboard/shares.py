"""Blocks that show how people or sessions are spread over values: of a field, or of many features."""

from collections.abc import Mapping, Sequence
from typing import Final

from telemetry.catalog import Field
from telemetry.collector.dashboard.blocks import Block, Table, word
from telemetry.collector.dashboard.charts.bars import Bar, bars
from telemetry.collector.dashboard.charts.scales import percent, thousands
from telemetry.collector.dashboard.figures import Figures, by_version_number
from telemetry.collector.dashboard.topics import spoken
from telemetry.collector.summary.release import POOLED

__all__ = ["WHO_WORDS", "features", "field_bars", "value_bars"]

_MOST: Final = 10
WHO_WORDS: Final = {"people": "people", "agents": "machines with agents", "ci": "sessions"}
"""What is counted."""
_SUMS = Mapping[str, tuple[int, int]]


def field_bars(field: Field, sums: _SUMS | None, figures: Figures) -> Block | None:
    """Return how a field's values are spread."""
    if not sums:
        return None
    order = {member: place for place, member in enumerate(field.members)} if field.kind == "bucket" else None
    return value_bars(
        field.question, sums, figures, field=field.name, order=order, versions=field.kind == "version"
    )


def value_bars(  # noqa: PLR0913 - a chart's words and order
    title: str,
    sums: _SUMS,
    figures: Figures,
    *,
    field: str = "",
    order: Mapping[str, int] | None = None,
    versions: bool = False,
    note: str = "",
) -> Block | None:
    """Return the shares of values among all who told one."""
    sizes = {value: people or sessions for value, (people, sessions) in sums.items()}
    counted = "sessions" if _sessions_alone(sums) else WHO_WORDS[figures.filters.who]
    silent = sizes.pop("", 0)
    total = sum(sizes.values())
    if not total or set(sizes) == {POOLED}:
        return None
    ordered = _ordered(sizes, order, versions=versions)
    shown, rest = ordered[:_MOST], ordered[_MOST:]
    weeks = max(1, len(figures.weeks))
    found = [_bar(value, sizes[value], total, weeks, counted) for value in shown]
    if rest:
        found.append(Bar(f"{len(rest)} more", sum(sizes[value] for value in rest) / total, "", quiet=True))
    rows = tuple(
        (word(value), thousands(sizes[value] / weeks), percent(sizes[value] / total)) for value in ordered
    )
    if silent:
        told = percent(silent / (total + silent))
        note = f"{note} {told} did not tell.".strip()
    description = "; ".join(f"{bar.label}: {percent(bar.share)}" for bar in found)
    return Block(
        title,
        Table(("Value", f"{counted.capitalize()} a week", "Share"), rows),
        (bars(found, title=title, description=description),),
        field=field,
        note=note,
    )


def _sessions_alone(sums: _SUMS) -> bool:
    return not any(people for people, _ in sums.values())


def _bar(value: str, size: int, total: int, weeks: int, counted: str) -> Bar:
    tip = f"{word(value)}: {thousands(size / weeks)} {counted} a week, {percent(size / total)}"
    return Bar(word(value), size / total, tip, quiet=value in (POOLED, "other"))


def _ordered(sizes: Mapping[str, int], order: Mapping[str, int] | None, *, versions: bool) -> list[str]:
    last = len(sizes) + 1000
    if order is not None:
        return sorted(sizes, key=lambda value: order.get(value, last))
    if versions:
        largest = sorted(sizes, key=lambda value: -sizes[value])[:_MOST]
        newest = sorted(largest, key=by_version_number, reverse=True)
        return [*newest, *sorted(set(sizes) - set(largest), key=by_version_number, reverse=True)]
    return sorted(sizes, key=lambda value: (value == POOLED, -sizes[value], value))


def features(title: str, fields: Sequence[Field], sums: Mapping[str, _SUMS]) -> Block | None:
    """Return which share uses each of several features, all in one chart."""
    shares = {field: _share_true(sums.get(field.name, {})) for field in fields}
    known = sorted(
        ((field, share) for field, share in shares.items() if share is not None), key=lambda each: -each[1]
    )
    if not known:
        return None
    found = [
        Bar(spoken(field.name), share, f"{field.question} {percent(share)}") for field, share in known[:16]
    ]
    rows = [(spoken(field.name), field.question, percent(share)) for field, share in known]
    rows += [
        (spoken(field.name), field.question, "too few to tell")
        for field, share in shares.items()
        if share is None
    ]
    description = "; ".join(f"{bar.label}: {percent(bar.share)}" for bar in found)
    return Block(
        title,
        Table(("Feature", "Question", "Share"), tuple(rows)),
        (bars(found, title=title, description=description),),
        note="" if len(known) <= 16 else f"{len(known) - 16} more are in the table.",
    )


def _share_true(sums: _SUMS) -> float | None:
    sizes = {value: people or sessions for value, (people, sessions) in sums.items()}
    told = sum(size for value, size in sizes.items() if value != "")
    if not told or ("true" not in sizes and POOLED in sizes):
        return None
    return sizes.get("true", 0) / told
