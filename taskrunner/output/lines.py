"""Turns chunks of a container's output into whole lines."""

import codecs
from collections.abc import Iterator
from typing import Final

from taskrunner.execution import events as e

__all__ = ["LineSplitter", "ends_output"]

LONGEST: Final = 65536
"""Characters after which a line is cut, so that output without line breaks does not fill the memory."""


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

    Bytes that are not UTF-8 come back as they were, by way of `surrogateescape`. Of a line that is
    redrawn with carriage returns, such as a progress bar, only the last state becomes a line.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._drawn = ""
        """What a carriage return went back over: the line, unless something overwrites it."""
        self._line = ""
        self._cut = False
        """Whether the line's beginning was given out already."""

    def feed(self, data: bytes) -> Iterator[str]:
        """Return the lines that are complete with this chunk."""
        return self.feed_text(self._decoder.decode(data))

    def feed_text(self, text: str) -> Iterator[str]:
        """Return the lines that are complete with this text."""
        first, *others = text.split("\n")
        yield from self._extend(first)
        for part in others:
            # A line break right behind a cut ends the line that was given out.
            yield from self._end() if self._cut or self._line or self._drawn else ("",)
            yield from self._extend(part)

    def finish(self) -> Iterator[str]:
        """Return the line that the end of the stream leaves unfinished, if any."""
        yield from self.feed_text(self._decoder.decode(b"", final=True))
        yield from self._end()

    def _extend(self, part: str) -> Iterator[str]:
        first, *redrawn = part.split("\r")
        yield from self._append(first)
        for state in redrawn:
            self._drawn = self._line or self._drawn
            self._line = ""
            yield from self._append(state)

    def _append(self, text: str) -> Iterator[str]:
        self._line += text
        while len(self._line) >= LONGEST:
            yield self._line[:LONGEST]
            self._line = self._line[LONGEST:]
            self._drawn = ""
            self._cut = True

    def _end(self) -> Iterator[str]:
        line = self._line or self._drawn
        self._line = self._drawn = ""
        self._cut = False
        if line:
            yield line
