"""`--log-file`: what happened, appended to a file as one JSON object a line.

The lines are those of the `json` style without containers' output. No environment variable, no
argument of a build and nothing that a container printed gets in, besides what explains a failure.
"""

import os
import sys

from taskrunner.errors import UserError
from taskrunner.execution import events as e
from taskrunner.host.files import at_once
from taskrunner.output.json_lines import event_line, note_line
from taskrunner.output.text import one_line

__all__ = ["LogFile"]


class LogFile:
    """Appends every event to a file."""

    def __init__(self, path: str) -> None:
        """Open the file, readable by its owner alone where it is new. Raises UserError where that fails."""
        self._path = path
        self._problem: str | None = None
        try:
            self._descriptor = at_once(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise UserError(
                "cli.log-file-not-writable",
                f"The log file {path} cannot be written: {error.strerror}.",
                "Name a file in a folder that exists and that you may write to.",
            ) from error

    def on_event(self, event: e.Event, at: float) -> None:  # noqa: ARG002 - lines carry the time of day
        """Append an event. A disk that is full costs the line, never the run, and is told at its end."""
        if isinstance(event, e.ImageBuildOutput | e.SetupCommandOutput):
            return
        self._append(event_line(event))
        if isinstance(event, e.RunFinished) and self._problem:
            print(f"The log file {one_line(self._path)} is not complete: {self._problem}.", file=sys.stderr)

    def note(self, text: str) -> None:
        """Append something that happened outside the run."""
        self._append(note_line(text))

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Leave out what containers print."""

    def _append(self, line: str) -> None:
        try:
            # One write a line: of several runs that share a file, none cuts another's line.
            os.write(self._descriptor, f"{line}\n".encode())
        except OSError as error:
            self._problem = error.strerror
