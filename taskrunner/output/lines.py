"""Turns chunks of a container's output into whole lines.

Most chunks hold thousands of short lines. They go through as blocks of bytes: looking at each line would
take longer than all else that happens to it.
"""

from typing import Final

from taskrunner.execution import events as e
from taskrunner.output.text import encode

__all__ = ["LineSplitter", "ends_output", "unfinished"]

LONGEST: Final = 65536
"""Bytes after which a line is cut, so that output without line breaks does not fill the memory."""


def ends_output(event: e.Event) -> bool:
    """Return whether what was held back of a container's output has to go out before this event.

    A set-up command's output comes as its container's, and ends with the command.
    """
    return isinstance(
        event,
        e.ContainerExited
        | e.ContainerRemoved
        | e.SetupCommandFinished
        | e.SetupCommandFailed
        | e.TaskFinished
        | e.TaskFailed,
    )


class LineSplitter:
    """Splits one stream into lines; where chunks begin and end makes no difference.

    Whole lines come back as one block of bytes in which each ends with a line break, and which is empty
    where there are none. Of a line that is redrawn with carriage returns, such as a progress bar, only the
    last state becomes a line.
    """

    def __init__(self) -> None:
        self._drawn = b""
        """What a carriage return went back over: the line, unless something overwrites it."""
        self._line = b""
        self._cut = False
        """Whether the line's beginning was given out already."""

    def feed(self, data: bytes) -> bytes:
        """Return the lines that are complete with this chunk."""
        end = data.rfind(b"\n") + 1
        if end and not self._cut and not self._drawn:
            block = self._line + data[:end]
            if b"\r" in block:
                block = block.replace(b"\r\n", b"\n")
            if b"\r" not in block and not _has_long_line(block):
                self._line = b""
                return block + self._feed_slowly(data[end:])
        return self._feed_slowly(data)

    def feed_text(self, text: str) -> bytes:
        """Return the lines that are complete with this text."""
        return self.feed(encode(text))

    def finish(self) -> bytes:
        """Return the line that the end of the stream leaves unfinished, if any."""
        return self._end()

    def _feed_slowly(self, data: bytes) -> bytes:
        first, *others = data.split(b"\n")
        found = [self._extend(first)]
        for part in others:
            # A line break right behind a cut ends the line that was given out.
            found.append(self._end() if self._cut or self._line or self._drawn else b"\n")
            found.append(self._extend(part))
        return b"".join(found)

    def _extend(self, part: bytes) -> bytes:
        first, *redrawn = part.split(b"\r")
        found = [self._append(first)]
        for state in redrawn:
            self._drawn = self._line or self._drawn
            self._line = b""
            found.append(self._append(state))
        return b"".join(found)

    def _append(self, data: bytes) -> bytes:
        self._line += data
        found = []
        while len(self._line) >= LONGEST:
            # Never within a character.
            cut = LONGEST - unfinished(self._line[:LONGEST])
            found.append(self._line[:cut] + b"\n")
            self._line = self._line[cut:]
            self._drawn = b""
            self._cut = True
        return b"".join(found)

    def _end(self) -> bytes:
        line = self._line or self._drawn
        self._line = self._drawn = b""
        self._cut = False
        return line + b"\n" if line else b""


def unfinished(data: bytes) -> int:
    """Return how many bytes at the end begin a UTF-8 character that goes on behind them.

    Source: RFC 3629, section 3: the first byte says how many bytes a character has.
    """
    for length, byte in enumerate(reversed(data[-3:]), start=1):
        if byte & 0xC0 == 0x80:
            continue
        needed = 4 if 0xF0 <= byte < 0xF5 else 3 if 0xE0 <= byte < 0xF0 else 2 if 0xC2 <= byte < 0xE0 else 1
        return length if length < needed else 0
    return 0


def _has_long_line(block: bytes) -> bool:
    """Return whether a line of a block has to be cut; looks at one line break in each longest stretch."""
    position = 0
    while len(block) - position > LONGEST:
        found = block.rfind(b"\n", position, position + LONGEST)
        if found < 0:
            return True
        position = found + 1
    return False
