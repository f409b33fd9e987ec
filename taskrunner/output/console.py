"""Standard output and standard error, written to directly.

Python's own streams would buffer, would raise again at exit for a pipe that broke, and would block
for ever on a reader that stalls. A blocked write could not be called off from another thread either,
so bytes are handed over only while the descriptor says that it takes them.
"""

import errno
import os
import select
import stat
import time
from collections.abc import Mapping
from typing import Final

from taskrunner.output.text import Colours, encode

__all__ = ["Console", "colour_allowed", "standard_console"]

_TICK: Final = 0.05
"""Seconds between two looks at whether a blocked write was called off."""

_PATIENCE: Final = 0.2
"""Seconds without progress after which a write that was called off gives up."""


def colour_allowed(*, terminal: bool, no_color: bool, environment: Mapping[str, str]) -> bool:
    """Return whether a stream may be coloured: a terminal, and nobody asked for no colours.

    Source of `NO_COLOR`: https://no-color.org (set and not empty).
    """
    wanted = not no_color and not environment.get("NO_COLOR")
    return terminal and wanted and environment.get("TERM") != "dumb"


def standard_console(*, no_color: bool, environment: Mapping[str, str]) -> "Console":
    """Return the console of this process: descriptors 1 and 2."""
    out, err = (
        colour_allowed(terminal=os.isatty(fd), no_color=no_color, environment=environment) for fd in (1, 2)
    )
    return Console(1, 2, colour_out=out, colour_err=err)


class Console:
    """Where containers' output and our own lines go.

    Methods for standard output raise BrokenPipeError once if nobody reads it any more, and drop what
    they get from then on. Standard error never raises.
    """

    def __init__(self, stdout_fd: int, stderr_fd: int, colour_out: bool, colour_err: bool) -> None:  # noqa: FBT001 - the two flags read best next to their descriptors
        self.out_colours = Colours(enabled=colour_out)
        self.err_colours = Colours(enabled=colour_err)
        self._out = _Sink(stdout_fd)
        self._err = _Sink(stderr_fd)
        if self._out.identity is not None and self._out.identity == self._err.identity:
            # Both end on the same screen or in the same file: they share its current line.
            self._err.cursor = self._out.cursor

    @property
    def on_terminal(self) -> bool:
        """Whether standard output is a terminal."""
        return self._out.terminal

    def write_out(self, data: bytes) -> None:
        """Write a container's bytes to standard output as they are."""
        try:
            self._out.write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            self.print_err(f"Error: Could not write to standard output: {error.strerror}.")
            raise BrokenPipeError(error.errno, error.strerror) from error

    def write_err(self, data: bytes) -> None:
        """Write a container's bytes to standard error as they are."""
        try:
            self._err.write(data)
        except OSError:
            return  # there is nowhere left to say so

    def print_out(self, text: str = "") -> None:
        """Write lines of our own to standard output, never behind an unfinished line."""
        self.write_out(self._out.own_lines(text))

    def print_block(self, lines: bytes, start: bytes = b"") -> None:
        """Write whole lines to standard output as `print_out` does, each behind `start`."""
        self.write_out(self._out.own_block(lines, start))

    def print_err(self, text: str = "") -> None:
        """Write lines of our own to standard error, never behind an unfinished line."""
        self.write_err(self._err.own_lines(text))

    def end_colours(self) -> None:
        """Reset the colours of standard output's terminal, wherever in a line its cursor is."""
        in_line = self._out.cursor.in_line
        self.write_out(b"\x1b[0m")
        self._out.cursor.in_line = in_line

    def abandon(self) -> None:
        """Let writes give up that nobody takes, also one under way; any thread may call this."""
        self._out.abandoned = self._err.abandoned = True


class _Cursor:
    """Whether the last byte written left a line unfinished."""

    def __init__(self) -> None:
        self.in_line = False


class _Sink:
    """One file descriptor."""

    def __init__(self, fd: int) -> None:
        self.abandoned = False
        self.cursor = _Cursor()
        self.identity: tuple[int, int] | None = None
        self._stalled = False
        self._closed = False
        self._fd = self._target = fd
        self.terminal = os.isatty(fd)
        self._poll: select.poll | None = None
        try:
            status = os.fstat(fd)
        except OSError:
            self._closed = True
            return
        self.identity = (status.st_dev, status.st_ino)
        if self.terminal or stat.S_ISFIFO(status.st_mode) or stat.S_ISSOCK(status.st_mode):
            self._target = _reopened(fd) if self.terminal else fd
            self._poll = select.poll()
            self._poll.register(self._target, select.POLLOUT)

    def own_lines(self, text: str) -> bytes:
        """Return whole lines for this sink as bytes, behind a line break where one is due."""
        return self.own_block(encode(f"{text}\n"))

    def own_block(self, lines: bytes, start: bytes = b"") -> bytes:
        """Return whole lines, each behind `start`, and all of them behind a line break where one is due."""
        end = b"\r\n" if self.terminal and _is_raw(self._fd) else b"\n"
        if not (start or self.cursor.in_line) and end == b"\n":
            return lines
        # In one go: each copy of a large block costs more, in pages of memory, than what is done to it.
        body = lines[:-1].replace(b"\n", end + start)
        return b"".join((end if self.cursor.in_line else b"", start, body, end))

    def write(self, data: bytes) -> None:
        """Write everything, or give up where that was asked for; raise OSError once on a fault."""
        if self._closed:
            return
        try:
            written = self._write_polled(data, self._poll) if self._poll else self._write_directly(data)
        except OSError as error:
            self._closed = True
            if error.errno == errno.EIO and self.terminal:
                raise BrokenPipeError(error.errno, error.strerror) from error  # it was hung up
            raise
        if written:
            self.cursor.in_line = data[written - 1] != 0x0A

    def _write_directly(self, data: bytes) -> int:
        written = os.write(self._fd, data)
        while written < len(data):
            written += os.write(self._fd, memoryview(data)[written:])
        return written

    def _write_polled(self, data: bytes, poll: select.poll) -> int:
        left = memoryview(data)
        # What blocks takes this much once it is writable at all; what does not takes what it can.
        portion = select.PIPE_BUF if self._target == self._fd else None
        idle = 0.0
        while left:
            if accepted := self._offer(left[:portion], poll):
                left = left[accepted:]
                idle = 0.0
                self._stalled = False
            elif self.abandoned:
                idle += _TICK
                if self._stalled or idle >= _PATIENCE:
                    self._stalled = True
                    break
        return len(data) - len(left)

    def _offer(self, data: memoryview, poll: select.poll) -> int:
        """Write what the descriptor takes now; wait for at most a tick, or not at all if it stalls."""
        if not poll.poll(0 if self._stalled else _TICK * 1000):
            return 0
        try:
            return os.write(self._target, data)
        except BlockingIOError:
            # A terminal with room for one byte is writable, but takes no line break, which is two.
            time.sleep(_TICK)
            return 0


def _is_raw(fd: int) -> bool:
    """Return whether a terminal leaves the cursor's column alone at a line break."""
    import termios

    try:
        output_flags: int = termios.tcgetattr(fd)[1]
    except termios.error:
        return False
    return not output_flags & termios.OPOST


def _reopened(fd: int) -> int:
    """Return a non-blocking descriptor of the same terminal, or `fd` where that cannot be had.

    A terminal is writable as soon as it has room for a single byte, so that a longer write may block.
    O_NONBLOCK on the original would be shared with the shell that started us and outlive us.
    """
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return fd
