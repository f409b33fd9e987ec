"""What pages consist of: drawings with their tables, numbers with their direction, sections."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Block", "Legend", "Page", "Section", "Table", "Tile", "word"]

_WORDS = {"": "not told", "~": "others", "true": "yes", "false": "no"}


class Table(NamedTuple):
    """Numbers in rows; the first column names them."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Legend(NamedTuple):
    """What a colour stands for."""

    class_: str
    name: str


class Block(NamedTuple):
    """A drawing, and the same as a table."""

    title: str
    table: Table
    drawings: tuple[str, ...] = ()
    """SVG; where there are two, the first is for narrow screens and the second for wide ones."""
    legend: tuple[Legend, ...] = ()
    field: str = ""
    """The field's name in the catalogue."""
    note: str = ""
    wide: bool = False
    open: bool = False
    """Whether the table is what there is to see."""


class Section(NamedTuple):
    """Blocks that belong together."""

    title: str
    lead: str
    blocks: tuple[Block, ...]


class Tile(NamedTuple):
    """One number, large."""

    label: str
    value: str
    note: str
    spark: str = ""
    href: str = ""


class Page(NamedTuple):
    """All that a page shows."""

    title: str
    lead: str
    sections: tuple[Section, ...]
    tiles: tuple[Tile, ...] = ()
    facts: tuple[str, ...] = ()
    """Sentences that say in words what the charts show."""
    warnings: tuple[str, ...] = ()


def word(value: str) -> str:
    """Return a published value in words."""
    return _WORDS.get(value, value)


def sections(*found: tuple[str, str, Sequence[Block | None]]) -> tuple[Section, ...]:
    """Return the sections that have something to show."""
    made = [
        Section(title, lead, tuple(block for block in blocks if block is not None))
        for title, lead, blocks in found
    ]
    return tuple(section for section in made if section.blocks)
