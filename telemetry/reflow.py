"""Fits text to the width of a terminal: a word that is broken in two reads like carelessness."""

import os
import re
import textwrap
from collections.abc import Iterator

__all__ = ["reflow", "terminal_width"]

_WIDEST = 100
"""Columns: longer lines are hard to read, on however wide a terminal."""

_QUOTED = "> "
_NEW_BLOCK = re.compile(r"\s*$|#|>|\s*([-*]|\d+\.) ")
_HANGING = re.compile(r"\s*(?:[-*]|\d+\.) ")


def terminal_width(descriptor: int) -> int:
    """Return how many columns text may take on the terminal behind a descriptor: 80 where none says."""
    try:
        columns = os.get_terminal_size(descriptor).columns
    except OSError:
        columns = 0
    return min(columns or 80, _WIDEST)


def reflow(text: str, width: int) -> str:
    """Return plain text or Markdown with its paragraphs and list items broken at words."""
    return "\n".join(_fill(block, width) for block in _blocks(text)) + "\n"


def _blocks(text: str) -> Iterator[str]:
    """Yield each paragraph, list item, heading and blank line as one line."""
    block: list[str] = []
    for line in text.splitlines():
        if block and not _goes_on(block[0], line):
            yield " ".join(block)
            block = []
        block.append(line.removeprefix(_QUOTED).strip() if block else line.rstrip())
    if block:
        yield " ".join(block)


def _goes_on(first: str, line: str) -> bool:
    """Return whether a line belongs to the block that began with `first`."""
    if first.startswith(_QUOTED):
        return line.startswith(_QUOTED)
    return bool(first) and not first.startswith("#") and not _NEW_BLOCK.match(line)


def _fill(block: str, width: int) -> str:
    hanging = _HANGING.match(block)
    return textwrap.fill(
        block,
        width,
        subsequent_indent=_QUOTED if block.startswith(_QUOTED) else " " * len(hanging[0]) if hanging else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
