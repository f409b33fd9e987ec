"""Renders an error for a person: what is wrong, where, and what to do.

A problem in a file comes with its line and a caret below the part that is meant.
"""

import os
import re
from typing import Final

from taskrunner.errors import ConfigError, Position, Problem, TaskrunnerError
from taskrunner.output.cells import cells
from taskrunner.output.text import Colours, one_line, several_lines

__all__ = ["display_path", "in_file_order", "render_error"]

_MOST: Final = 50
"""Problems that are shown: a mistake that is made everywhere needs no more."""

_AROUND: Final = 500
"""Characters on both sides of the caret that are looked at at all."""

_WIDEST: Final = 100
"""Cells that a source line may take before it is cut around the caret."""

_NARROWEST: Final = 20
"""Cells that it may take in any case."""

_BEFORE_CARET: Final = 40
"""Cells that stay to the left of the caret in a line that is cut."""

_LARGEST_SOURCE: Final = 10_000_000
"""Bytes of a file that are read for its lines."""

# The line breaks that YAML parsers count: YAML 1.1, section 4.2.
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def render_error(error: TaskrunnerError, *, colour: bool, cwd: str, columns: int | None = None) -> str:
    """Return an error as lines for a person, without a final newline.

    Paths are shown relative to `cwd` where that is shorter. On a terminal of so many `columns`, source
    lines are cut so that they do not wrap, and carets stand below what they mean. A file that is gone or
    cannot be read costs its source lines only.
    """
    colours = Colours(enabled=colour)
    if not isinstance(error, ConfigError):
        return _sentence(error.reference, error.message, error.hint, colours)
    sources: dict[str, list[str]] = {}
    room = _WIDEST if columns is None else max(_NARROWEST, min(_WIDEST, columns - 4))
    rendered = [
        _rendered(problem, sources, colours, cwd, room) if problem.where else _bare(problem, colours)
        for problem in in_file_order(error.problems)[:_MOST]
    ]
    count = len(error.problems)
    if count > 1:
        which = f"; these are the first {_MOST}" if count > _MOST else ""
        rendered.append(colours.red(f"{count} problems were found{which}."))
    return "\n\n".join(rendered)


def in_file_order(problems: tuple[Problem, ...]) -> list[Problem]:
    """Return problems by line and column, files in the order of their first problem.

    Problems without a place come first.
    """
    files: dict[str, int] = {}
    for problem in problems:
        if problem.where:
            files.setdefault(problem.where.file, len(files))

    def place(problem: Problem) -> tuple[int, int, int]:
        where = problem.where
        return (files[where.file], where.line, where.column) if where else (-1, 0, 0)

    return sorted(problems, key=place)


def display_path(path: str, cwd: str) -> str:
    """Return a path as a person would write it in `cwd`."""
    if not os.path.isabs(path):
        return path
    relative = os.path.relpath(path, cwd)
    return relative if len(relative) < len(path) else path


def _bare(problem: Problem, colours: Colours) -> str:
    return _sentence(problem.reference, problem.message, problem.hint, colours)


def _sentence(reference: str, message: str, hint: str | None, colours: Colours) -> str:
    first = f"{colours.red(f'Error: {several_lines(message)}')} {colours.dim(f'[{reference}]')}"
    return f"{first}\n{several_lines(hint)}" if hint else first


def _rendered(problem: Problem, sources: dict[str, list[str]], colours: Colours, cwd: str, room: int) -> str:
    where = problem.where
    if where is None:
        return _bare(problem, colours)
    place = f"{one_line(display_path(where.file, cwd))}:{where.line}:{where.column}:"
    message = colours.red(several_lines(problem.message))
    lines = [f"{colours.bold(place)} {message} {colours.dim(f'[{problem.reference}]')}"]
    if where.file not in sources:
        sources[where.file] = _source_lines(where.file)
    if 1 <= where.line <= len(sources[where.file]):
        source, caret = _excerpt(sources[where.file][where.line - 1], where, room)
        lines += [f"  {source}", f"  {colours.red(caret)}"]
    if problem.hint:
        lines += [f"  {line}" for line in several_lines(problem.hint).split("\n")]
    return "\n".join(lines)


def _source_lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
            return _LINE_BREAK.split(file.read(_LARGEST_SOURCE))
    except (OSError, ValueError):
        return []  # removed since, unreadable, or a name that no file can have


def _excerpt(line: str, where: Position, room: int) -> tuple[str, str]:
    """Return a source line and its caret line, both cut where the line is long."""
    column = min(where.column - 1, len(line))
    cut = max(0, column - _AROUND)
    shown = [_shown(character) for character in line[cut : column + _AROUND]]
    start = column - cut
    end = min(start + max(where.width, 1), len(shown))
    left, right = _window(shown, start, room)
    end = min(end, right)
    before = "…" if left or cut else ""
    after = "…" if cut + right < len(line) else ""
    text = before + "".join(shown[left:right]) + after
    indent = cells(before) + sum(map(cells, shown[left:start]))
    width = sum(map(cells, shown[start:end]))
    return text.rstrip(), " " * indent + "^" * max(width, 1)


def _window(shown: list[str], start: int, widest: int) -> tuple[int, int]:
    """Return which characters to show, so that the caret is among them and the line is not too wide."""
    left = 0
    if sum(map(cells, shown)) <= widest:
        return 0, len(shown)
    room = sum(map(cells, shown[:start]))
    while room > min(_BEFORE_CARET, widest // 2):
        room -= cells(shown[left])
        left += 1
    right, taken = left, 0
    while right < len(shown) and taken < widest:
        taken += cells(shown[right])
        right += 1
    return left, right


def _shown(character: str) -> str:
    return "    " if character == "\t" else one_line(character)
