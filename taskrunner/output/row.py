"""A line about one container, made to fit a terminal of any width."""

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from taskrunner.output.cells import cells, clipped
from taskrunner.output.humanise import clock, share
from taskrunner.output.text import Colours
from taskrunner.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Glyphs", "Line", "Mark", "Progress", "Row", "glyphs"]

Mark: TypeAlias = Literal["waiting", "busy", "done", "failed"]

_NARROW: Final = 60
"""Columns below which a name may take a third of the line only."""

_TEXT: Final = 16
"""Cells that the words are left with before anything else gets a place on the line."""

_BAR: Final = 20

_DETAIL: Final = 12
"""Cells below which a detail says nothing."""


class Glyphs(NamedTuple):
    """The characters that the display is drawn with."""

    marks: dict[Mark, str]
    full: str
    empty: str


_PLAIN: Final = Glyphs({"waiting": ".", "busy": ">", "done": "+", "failed": "x"}, "#", "-")
_FINE: Final = Glyphs({"waiting": "·", "busy": "•", "done": "✓", "failed": "✗"}, "━", "─")


def glyphs(locale: str) -> Glyphs:
    """Return what a terminal with this locale can show, such as `en_GB.UTF-8`."""
    return _FINE if "utf8" in locale.lower().replace("-", "") else _PLAIN


class Line(NamedTuple):
    """A line for the terminal, with its colours, and how many cells it takes."""

    text: str
    cells: int


class Progress(NamedTuple):
    """How much of something is done; `total` is 0 where nobody knows."""

    done: int
    total: int
    in_bytes: bool

    @property
    def ratio(self) -> float | None:
        """The part that is done, from 0 to 1, or None where it is not known."""
        return min(1.0, self.done / self.total) if self.total > 0 else None


class Row(NamedTuple):
    """What is known about a container at one moment."""

    name: str
    mark: Mark
    words: str
    progress: Progress | None = None
    since: float | None = None
    """When what the words say began, where its duration is of interest."""
    gives_up: float | None = None
    """When waiting ends."""
    detail: str = ""

    def line(self, now: float, width: int, name_width: int, look: Glyphs, colours: Colours) -> Line:
        """Return the row as a line of less than `width` cells: the last column stays free."""
        name_width = min(name_width, max(6, width // 3) if width < _NARROW else max(20, width // 4))
        name = clipped(self.name, name_width)
        name = f"{colours.bold(name)}{' ' * (name_width - cells(name))}  " if name_width else ""
        before = name_width + 4 if name_width else 2
        room = width - 1 - before
        extras, taken = self._extras(now, room - min(cells(self.words), _TEXT), look, colours)
        words = clipped(self.words, max(0, room - taken))
        left = room - taken - cells(words) - 3
        detail = clipped(self.detail, left) if self.detail and left >= _DETAIL else ""
        parts = [words, *extras, *([colours.dim(f"· {detail}")] if detail else [])]
        length = before + cells(words) + taken + (cells(detail) + 3 if detail else 0)
        return Line(f"{self._marked(look, colours)} {name}{' '.join(parts)}", length)

    def _marked(self, look: Glyphs, colours: Colours) -> str:
        codes: dict[Mark, int] = {"waiting": 90, "busy": 36, "done": 32, "failed": 31}
        return colours.coloured(look.marks[self.mark], codes[self.mark])

    def _extras(self, now: float, room: int, look: Glyphs, colours: Colours) -> "tuple[list[str], int]":
        """Return what has a place behind the words, and how many cells that takes."""
        chosen = []
        for extra in sorted(self._offers(now, look, colours), key=lambda extra: extra.rank):
            if cells(extra.plain) + 1 <= room:
                room -= cells(extra.plain) + 1
                chosen.append(extra)
        chosen.sort(key=lambda extra: extra.place)
        return [extra.drawn for extra in chosen], sum(cells(extra.plain) + 1 for extra in chosen)

    def _offers(self, now: float, look: Glyphs, colours: Colours) -> "Iterator[_Extra]":
        progress = self.progress
        if progress is not None and progress.ratio is not None:
            full = round(progress.ratio * _BAR)
            bar = colours.coloured(look.full * full, 36) + colours.dim(look.empty * (_BAR - full))
            yield _Extra(4, 0, look.full * _BAR, bar)
            percent = f"{int(progress.ratio * 100)}%"
            yield _Extra(1, 1, percent, percent)
        if progress is not None and progress.in_bytes:
            text = share(progress.done, progress.total)
            yield _Extra(3, 2, text, colours.dim(text))
        if self.gives_up is not None:
            text = f"{clock(max(0.0, self.gives_up - now))} left"
            yield _Extra(0, 3, text, colours.dim(text))
        if self.since is not None and now - self.since >= 1.0:
            text = clock(now - self.since)
            yield _Extra(2, 4, text, colours.dim(text))


class _Extra(NamedTuple):
    """Something that is shown where there is room for it."""

    rank: int
    """Which gets room first."""
    place: int
    """Which stands first."""
    plain: str
    drawn: str
    """The same with colours."""
