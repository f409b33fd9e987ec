"""A console whose two streams can be read back."""

import os
from collections.abc import Iterable
from pathlib import Path

from taskrunner.execution import events as e
from taskrunner.output.console import Console
from tests.unit.output.recordings import Output, Record


class Screen:
    """Two files and the console that writes to them."""

    def __init__(self, folder: Path, *, colour: bool) -> None:
        self._files = (folder / "stdout", folder / "stderr")
        out, err = (os.open(file, os.O_WRONLY | os.O_CREAT, 0o600) for file in self._files)
        self._fds = (out, err)
        self.console = Console(out, err, colour_out=colour, colour_err=colour)

    @property
    def raw_out(self) -> bytes:
        """What standard output received."""
        return self._files[0].read_bytes()

    @property
    def out(self) -> str:
        """The same as text."""
        return self.raw_out.decode()

    @property
    def err(self) -> str:
        """What standard error received."""
        return self._files[1].read_bytes().decode()

    def play(self, listener: e.Listener, recording: Iterable[Record]) -> None:
        """Hand a recording to a listener, as a run would."""
        for at, record in enumerate(recording):
            if isinstance(record, Output):
                listener.on_output(*record)
            else:
                listener.on_event(record, float(at))

    def close(self) -> None:
        """Close both files."""
        for fd in self._fds:
            os.close(fd)
