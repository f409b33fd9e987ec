"""Draws a few lines at the bottom of a terminal again and again, without flicker and beside the run.

A frame is one write: it overwrites what changed and clears nothing that stays. Frames are drawn by a
thread of their own, at most 20 a second, so that whoever reports something never waits for a terminal.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Condition, RLock, Thread
from typing import Final

from taskrunner.output.console import Console
from taskrunner.output.row import Line

__all__ = ["Painter", "reflows", "terminal_size"]

_PAUSE: Final = 0.05
"""Seconds between two frames, and before the first: what is over by then is drawn once."""

_GLANCE: Final = 0.2
"""Seconds after which clocks and the terminal's size are looked at though nothing happened."""

_HOLD: Final = 0.3
"""Seconds after which a terminal that takes nothing is not waited for."""

Draw = Callable[[int, int, float], Sequence[Line]]
"""Returns the lines for so many rows and columns at a moment of the monotonic clock."""


def terminal_size() -> tuple[int, int]:
    """Return rows and columns of the terminal that standard output is, or 24 and 80."""
    try:
        columns, rows = os.get_terminal_size(1)
    except OSError:
        return 24, 80
    return rows or 24, columns or 80


def reflows(environment: Mapping[str, str]) -> bool:
    """Return whether lines that become too long when a terminal is made narrower wrap, as nearly all do.

    xterm, screen and the kernel's console cut them off.
    """
    term = environment.get("TERM", "")
    if environment.get("TMUX"):
        return True
    return not (environment.get("XTERM_VERSION") or term == "linux" or term.startswith("screen"))


class Painter:
    """Keeps a block of lines up to date until it is told to leave it as it is."""

    def __init__(
        self,
        console: Console,
        *,
        wraps: bool,
        size: Callable[[], tuple[int, int]] = terminal_size,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._wraps = wraps
        self._size = size
        self._now = now
        self._changed = Condition()
        self._painting = RLock()
        self._draw: Draw | None = None
        self._dirty = False
        self._shown: list[Line] = []
        self._width = 0

    def begin(self, draw: Draw) -> None:
        """Show a block below what is on the screen, and keep it up to date until `freeze`."""
        self._shown = []
        self._draw = draw
        Thread(target=self._run, args=(draw,), name="painter", daemon=True).start()

    def touch(self) -> None:
        """Say that something changed. Never waits for the terminal."""
        with self._changed:
            self._dirty = True
            self._changed.notify()

    def freeze(self) -> None:
        """Draw the block for the last time, all of it, and leave it there; harmless where there is none."""
        with self._painting:
            draw = self._draw
            if draw is None:
                return
            with self._changed:
                self._draw = None
                self._changed.notify()
            # What did not fit on the screen while it was redrawn may scroll now.
            self._paint(draw, rows=1_000_000)
            self._shown = []

    @contextmanager
    def away(self) -> Iterator[None]:
        """Draw nothing while the context lasts, and then the whole block anew below what others printed."""
        # Not for long: a frame may be stuck in a terminal that is on hold.
        held = self._painting.acquire(timeout=_HOLD)
        try:
            yield
        finally:
            self._shown = []
            if held:
                self._painting.release()
        self.touch()

    def _run(self, draw: Draw) -> None:
        while self._draw is draw:
            time.sleep(_PAUSE)
            with self._painting:
                if self._draw is not draw:
                    return
                try:
                    self._paint(draw)
                except BrokenPipeError:
                    return  # the terminal is gone; the run hears of that by a signal
            with self._changed:
                if not self._dirty and self._draw is draw:
                    self._changed.wait(_GLANCE)
                self._dirty = False

    def _paint(self, draw: Draw, rows: int | None = None) -> None:
        height, width = self._size()
        lines = list(draw(rows or height - 1, width, self._now()))
        if self._shown and width != self._width:
            frame = self._rewritten(lines, width)
        else:
            frame = self._updated(lines)
        self._shown, self._width = lines, width
        if frame:
            self._console.write_out(frame.encode("utf-8", "replace"))

    def _rewritten(self, lines: list[Line], width: int) -> str:
        """Return a frame that replaces all lines, which a new width may have wrapped."""
        up = sum(-(-max(1, line.cells) // width) if self._wraps else 1 for line in self._shown)
        return f"\r\x1b[{up}A\x1b[J" + "".join(f"{line.text}\r\n" for line in lines)

    def _updated(self, lines: list[Line]) -> str:
        """Return a frame that goes up to the first line that changed, and writes those that did."""
        shown = self._shown
        same = 0
        while same < min(len(shown), len(lines)) and shown[same] == lines[same]:
            same += 1
        if same == len(shown) == len(lines):
            return ""
        up = len(shown) - same
        parts = [f"\r\x1b[{up}A" if up else "\r"]
        for number, line in enumerate(lines[same:], start=same):
            kept = number < len(shown) and shown[number] == line
            parts.append("\n" if kept else f"{line.text}\x1b[K\r\n")
        if len(lines) < len(shown):
            parts.append("\x1b[J")
        return "".join(parts)
