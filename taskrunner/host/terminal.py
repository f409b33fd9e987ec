"""The terminal that a person sits at, lent to a container for a while and given back as it was."""

from __future__ import annotations

import os
import signal
import termios
from threading import RLock, get_ident
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Size", "Terminal"]

Size = tuple[int, int]
"""Rows and columns."""


class Terminal:
    """A terminal that can be switched to raw mode, in which every key reaches the container as it is."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = RLock()
        self._saved: list[Any] | None = None
        self.on_resize: Callable[[Size], None] | None = None
        """Called with the new size when it changes; set by whoever draws on the terminal."""

    @property
    def is_raw(self) -> bool:
        """Whether the terminal is lent to a container."""
        return self._saved is not None

    def size(self) -> Size | None:
        """Return rows and columns, or None where the terminal does not know them."""
        try:
            columns, rows = os.get_terminal_size(self._descriptor)
        except OSError:
            return None
        return (rows, columns) if rows and columns else None

    def enter(self) -> None:
        """Switch to raw mode; harmless where it is on. A terminal that is gone stays as it is."""
        with self._lock:
            try:
                attributes = termios.tcgetattr(self._descriptor)
                if self._saved is None:
                    self._saved = attributes
                termios.tcsetattr(self._descriptor, termios.TCSANOW, _raw(attributes))
            except termios.error:
                return

    def leave(self) -> None:
        """Put everything back as it was before raw mode; harmless where it was not on."""
        with self._lock:
            saved, self._saved = self._saved, None
            if saved is not None:
                try:
                    # Not waiting for output to drain: a terminal on hold would keep us here.
                    termios.tcsetattr(self._descriptor, termios.TCSANOW, saved)
                except termios.error:
                    return

    def resized(self) -> None:
        """Tell whoever draws on the terminal how large it is now."""
        size, tell = self.size(), self.on_resize
        if size is not None and tell is not None:
            tell(size)

    def suspend(self) -> None:
        """Stop the process with the terminal as it was; take it again when the process goes on."""
        was_raw = self.is_raw
        self.leave()
        # To this thread, not to the process: there, another thread may take the signal, and this one
        # would run on for a moment, into taking the terminal again.
        signal.pthread_kill(get_ident(), signal.SIGSTOP)
        if was_raw:
            self.enter()
            self.resized()

    def resumed(self) -> None:
        """Take the terminal again after the process was stopped without being asked."""
        if self.is_raw:
            self.enter()
            self.resized()


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
