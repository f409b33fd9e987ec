"""Takes a published cell out again, without making it the difference of what stays."""

from collections.abc import Sequence
from typing import NamedTuple

from telemetry.collector.aggregates.model import AggregateStore, Note, Publication, Row
from telemetry.collector.errors import CollectorError
from telemetry.collector.summary.release import POOLED

__all__ = ["Redaction", "redact", "without"]


class Redaction(NamedTuple):
    """What was taken out."""

    cell: str
    also: tuple[str, ...]
    """Cells that went with it, since they would have told what it was."""


async def redact(store: AggregateStore, cell: str, reason: str, *, site: str, now: int) -> Redaction:
    """Take out the cell of this name, and keep a public note. Raises CollectorError.

    `now` is in milliseconds since 1970.
    """
    for publication in await store.publications():
        if publication.site == site and cell.startswith(f"{publication.application}/{publication.period}/"):
            rows = await store.rows(publication)
            found = [row for row in rows if _key(publication, row) == cell]
            if found:
                kept = without(rows, found[0])
                gone = [_key(publication, row) for row in rows if row not in kept]
                await store.replace(publication, kept, Note(now, cell, reason))
                return Redaction(cell, tuple(name for name in gone if name != cell))
    raise CollectorError(
        "redact.unknown-cell",
        f"No cell {cell!r} is published.",
        "A cell's name is APPLICATION/PERIOD/WHO/TOPIC/NAME[@VERSION]/VALUE, "
        "such as taskrunner/2026-W47/people/people/osName/linux.",
    )


def without(rows: Sequence[Row], cell: Row) -> list[Row]:
    """Return the cells that stay when one is taken out.

    Of a division whose parts add up, the remainder would be the cell itself. So its smallest neighbour goes
    too, and the pool, whose size says what is left. Of a value that is told by version as well, the parts go.
    """
    gone = {cell}
    if cell.topic in ("people", "sessions", "event"):
        gone |= {row for row in rows if _is_same_value(row, cell)}
        for each in tuple(gone):
            gone |= _neighbours(rows, each, gone)
    return [row for row in rows if row not in gone]


def _is_same_value(row: Row, cell: Row) -> bool:
    """Return whether a cell is the same value in a version, or in all of them together."""
    same = (row.topic, row.name, row.segment, row.value) == (cell.topic, cell.name, cell.segment, cell.value)
    return same and "" in (row.version, cell.version)


def _neighbours(rows: Sequence[Row], cell: Row, gone: set[Row]) -> set[Row]:
    """Return the pool of a cell's division, and its smallest neighbour."""
    division = [
        row
        for row in rows
        if (row.topic, row.name, row.segment, row.version)
        == (cell.topic, cell.name, cell.segment, cell.version)
        and row not in gone
    ]
    pooled = {row for row in division if row.value == POOLED}
    others = sorted((row for row in division if row not in pooled), key=_size)
    return pooled | set(others[:1])


def _size(row: Row) -> tuple[int, str]:
    return row.people or row.sessions or 0, row.value


def _key(publication: Publication, row: Row) -> str:
    return row.key(publication.application, publication.period)
