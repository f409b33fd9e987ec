"""The blocks of lines that the `fancy` style keeps up to date: all containers of a task, and cleaning up."""

from collections.abc import Sequence
from typing import Final, Protocol

from taskrunner.execution import events as e
from taskrunner.output import words
from taskrunner.output.board import Board
from taskrunner.output.cells import cells, clipped
from taskrunner.output.humanise import amount
from taskrunner.output.row import Glyphs, Line, Mark, Row
from taskrunner.output.text import Colours, one_line

__all__ = ["Block", "CleanUpBlock", "TaskBlock"]

_TELLING: Final[dict[Mark, int]] = {"failed": 0, "busy": 1, "waiting": 2, "done": 3}
"""Which rows stay where a terminal is too low for all of them."""


class Block(Protocol):
    """Something that a painter draws; lines are asked for in another thread than events come in."""

    def note(self, event: e.Event, at: float) -> None:
        """Take note of an event."""

    def lines(self, height: int, width: int, now: float) -> Sequence[Line]:
        """Return at most `height` lines of less than `width` cells."""


class TaskBlock:
    """A line for each container of a task."""

    def __init__(self, start: e.TaskStarted, look: Glyphs, colours: Colours) -> None:
        self._board = Board(start)
        self._look = look
        self._colours = colours

    def note(self, event: e.Event, at: float) -> None:
        """Take note of an event."""
        self._board.note(event, at)

    def lines(self, height: int, width: int, now: float) -> list[Line]:
        """Return the containers' lines; where not all fit, the most telling ones."""
        rows = self._board.rows
        name_width = max(cells(row.name) for row in rows)
        shown = _most_telling(rows, height)
        lines = [row.line(now, width, name_width, self._look, self._colours) for row in shown]
        if len(shown) < len(rows):
            rest = clipped(f"  and {len(rows) - len(shown)} more", width - 1)
            lines.append(Line(self._colours.dim(rest), cells(rest)))
        return lines


class CleanUpBlock:
    """One line about what is being removed, which becomes one about what was."""

    def __init__(self, containers: tuple[str, ...], at: float, look: Glyphs, colours: Colours) -> None:
        self._containers = len(containers)
        self._left = [one_line(container) for container in containers]
        self._began = at
        self._network = False
        self._left_to_do = True
        self._row = Row("", "busy", self._words(), since=at)
        self._look = look
        self._colours = colours

    def note(self, event: e.Event, at: float) -> None:
        """Take note of an event."""
        match event:
            case e.ContainerRemoved(container=container) if one_line(container) in self._left:
                self._left.remove(one_line(container))
            case e.NetworkRemoved():
                self._network = True
            case e.CleanupFinished():
                done = words.cleaned_up(self._containers, at - self._began, network=self._network)
                self._row = Row("", "done", done)
                self._left_to_do = False
                return
        self._row = self._row._replace(words=self._words())

    def lines(self, height: int, width: int, now: float) -> list[Line]:  # noqa: ARG002 - it is one line
        """Return the line; once all is done it stays on the screen as it is, however narrow that is."""
        wide = width if self._left_to_do else 1000
        return [self._row.line(now, wide, 0, self._look, self._colours)]

    def _words(self) -> str:
        if not self._left:
            return "Cleaning up: the network is left"
        return f"Cleaning up: {amount(len(self._left), 'container')} left ({', '.join(self._left)})"


def _most_telling(rows: list[Row], height: int) -> list[Row]:
    """Return the rows that there is room for, in their order, with a line to spare for the others."""
    if len(rows) <= height:
        return rows
    ranked = sorted(range(len(rows)), key=lambda number: _TELLING[rows[number].mark])
    return [rows[number] for number in sorted(ranked[: max(0, height - 1)])]
