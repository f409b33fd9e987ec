"""The terminal that a person sits at, lent to a container for a while and given back as it was."""

from __future__ import annotations

import os
import select
import signal
import termios
from contextlib import nullcontext, suppress
from threading import RLock, get_ident
from typing import TYPE_CHECKING, Any, TypeAlias

from taskrunner.host.screen_modes import ScreenModes

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = ["Size", "Terminal"]

_PATIENCE = 0.2
"""Seconds that a screen may take until it can be written to."""

Size = tuple[int, int]
"""Rows and columns."""

Mode: TypeAlias = "Callable[[list[Any]], list[Any]]"
"""Turns a terminal's usual attributes into those of a mode."""

Away: TypeAlias = "Callable[[], AbstractContextManager[None]]"


class Terminal:
    """A terminal that can be switched to raw mode, in which every key reaches the container as it is."""

    def __init__(self, descriptor: int, screen: int = 1) -> None:
        self._descriptor = descriptor
        self._screen = screen
        self._modes = ScreenModes()
        self._lock = RLock()
        self._saved: list[Any] | None = None
        self._mode: Mode | None = None
        self._away: Away = nullcontext
        self._stopped = False
        """Whether this program stopped itself, so that it knows what to do when it goes on."""
        self.was_typed_at = False
        """Whether anything was typed for a container, which then did not set the pace by itself."""
        self.on_resize: Callable[[Size], None] | None = None
        """Called with the new size when it changes; set by whoever draws on the terminal."""

    @property
    def in_background(self) -> bool:
        """Whether another job has the terminal, because the shell was asked to go on meanwhile."""
        try:
            return os.tcgetpgrp(self._descriptor) != os.getpgrp()
        except OSError:
            return False

    def size(self) -> Size | None:
        """Return rows and columns, or None where the terminal does not know them."""
        try:
            columns, rows = os.get_terminal_size(self._descriptor)
        except OSError:
            return None
        return (rows, columns) if rows and columns else None

    def enter(self) -> None:
        """Switch to raw mode; harmless where it is on. A terminal that is gone stays as it is."""
        self._away = nullcontext
        self._switch(_raw)

    def hush(self, away: Away) -> None:
        """Show no keys that are pressed: they would be drawn over. They wait for whoever reads next.

        `away` is a context in which others may print, because the program is stopped meanwhile.
        """
        self._away = away
        self._switch(_silent)

    def _switch(self, mode: Mode | None) -> None:
        if mode is None:
            return
        with self._lock:
            self._mode = mode
            if self.in_background:
                return  # whoever changes a terminal from there is stopped; it is taken once we are in front
            try:
                attributes = termios.tcgetattr(self._descriptor)
                if self._saved is None:
                    self._saved = attributes
                termios.tcsetattr(self._descriptor, termios.TCSANOW, mode(self._saved))
            except termios.error:
                return

    def leave(self) -> None:
        """Put everything back as it was; harmless where it is."""
        with self._lock:
            saved, self._saved, self._mode = self._saved, None, None
            self._write(self._modes.undo())
            self._modes.forget()
            if saved is not None:
                try:
                    # Not waiting for output to drain: a terminal on hold would keep us here.
                    termios.tcsetattr(self._descriptor, termios.TCSANOW, saved)
                except termios.error:
                    return

    def shows(self, data: bytes) -> None:
        """Take note of what a container prints, so that what it does to the screen can be undone."""
        with self._lock:
            self._modes.note(data)

    def resized(self) -> None:
        """Tell whoever draws on the terminal how large it is now."""
        size, tell = self.size(), self.on_resize
        if size is not None and tell is not None:
            tell(size)

    def suspend(self) -> None:
        """Stop the process with the terminal as it was; take it again when the process goes on."""
        with self._away():
            mode, screen = self._mode, self._modes.redo()
            self.leave()
            self._stopped = True
            # To this thread, not to the process: there, another thread may take the signal, and this one
            # would run on for a moment, into taking the terminal again.
            signal.pthread_kill(get_ident(), signal.SIGSTOP)
            self._return(mode, screen)

    def resumed(self) -> None:
        """Take the terminal again after the process was stopped without being asked."""
        if self._stopped:
            self._stopped = False
            return
        with self._away():
            self._return(self._mode, self._modes.redo())

    def _return(self, mode: Mode | None, screen: bytes) -> None:
        self._switch(mode)
        self._write(screen)
        self.shows(screen)
        size, tell = self.size(), self.on_resize
        if size is not None and tell is not None:
            # A program draws its screen anew when the size changes, and only then.
            tell((size[0] + 1, size[1]))
            tell(size)

    def _write(self, data: bytes) -> None:
        """Write to the screen, unless it is on hold: nobody may have to wait for that."""
        writable = select.poll()
        writable.register(self._screen, select.POLLOUT)
        if data and writable.poll(_PATIENCE * 1000):
            with suppress(OSError):
                os.write(self._screen, data)


def _raw(attributes: list[Any]) -> list[Any]:
    """Return attributes for raw mode. Source: cfmakeraw in termios(3)."""
    iflag, oflag, cflag, lflag, ispeed, ospeed, characters = attributes
    iflag &= ~(termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP)
    iflag &= ~(termios.INLCR | termios.IGNCR | termios.ICRNL | termios.IXON)
    lflag &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    cflag = cflag & ~(termios.CSIZE | termios.PARENB) | termios.CS8
    characters = list(characters)
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    return [iflag, oflag & ~termios.OPOST, cflag, lflag, ispeed, ospeed, characters]


def _silent(attributes: list[Any]) -> list[Any]:
    """Return attributes that differ in that keys are not echoed, Ctrl-C included."""
    iflag, oflag, cflag, lflag, *others = attributes
    return [iflag, oflag, cflag, lflag & ~(termios.ECHO | termios.ECHONL), *others]
