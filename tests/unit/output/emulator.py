"""A terminal that exists in memory, to see what a person would see."""

import pyte

from tests.unit.output.screen import Screen


class Emulator:
    """What a terminal shows of the bytes that a console wrote so far."""

    def __init__(self, screen: Screen, *, rows: int = 24, columns: int = 80) -> None:
        self._source = screen
        self._screen = pyte.HistoryScreen(columns, rows, history=1000)
        # A real terminal's line discipline adds the carriage returns.
        self._screen.set_mode(pyte.modes.LNM)
        self._stream = pyte.ByteStream(self._screen)
        self._taken = 0
        self.size = (rows, columns)

    def look(self) -> list[str]:
        """Return the lines so far, scrolled off ones included, without blank ones at the end."""
        data = self._source.raw_out
        self._stream.feed(data[self._taken :])
        self._taken = len(data)
        columns = range(self.size[1])
        gone = ["".join(line[column].data for column in columns) for line in self._screen.history.top]
        return "\n".join(line.rstrip() for line in [*gone, *self._screen.display]).rstrip().split("\n")

    def resize(self, *, rows: int, columns: int) -> None:
        """Change the terminal's size."""
        self.look()
        self._screen.resize(rows, columns)
        self.size = (rows, columns)
