"""What `print` writes to, with failures that are told apart from all others.

A disk that is full raises the same error from `print` as from anything else that writes: at once, at the end
of a buffer, or when that is flushed, which depends on what the output is, and on PYTHONUNBUFFERED.
"""

import contextlib
import io
import os
import sys
from typing import Any

from taskrunner.errors import MachineError

__all__ = ["discard", "flush", "guarded"]


class _Output:
    """Standard output: raises MachineError where it cannot be written, BrokenPipeError where nobody reads."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, data: Any) -> Any:
        """Write text, or to the buffer bytes."""
        if not data:
            # So the command-line library finds out what a stream takes; a full disk refuses even that.
            return self._stream.write(data)
        try:
            return self._stream.write(data)
        except OSError as error:
            raise _told(error) from error

    def flush(self) -> None:
        """Write what is buffered."""
        try:
            self._stream.flush()
        except OSError as error:
            raise _told(error) from error

    def writelines(self, lines: Any) -> None:
        """Write one after another."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> "_Output":
        """What takes bytes."""
        return _Output(self._stream.buffer)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Errors(_Output):
    """Standard error: where it cannot be written, there is nowhere left to say so."""

    def write(self, data: Any) -> Any:
        """Write text, or drop it."""
        try:
            return self._stream.write(data)
        except OSError:
            discard(2)
            return len(data)

    def flush(self) -> None:
        """Write what is buffered, or drop it."""
        try:
            self._stream.flush()
        except OSError:
            discard(2)


def guarded(stream: Any) -> Any:
    """Return what stands in for standard output or error; None, where the program was started without it."""
    if stream is None:
        return None
    if isinstance(stream, io.TextIOWrapper):
        # As the output of runs is: a locale that knows fewer letters is no reason to fail.
        with contextlib.suppress(OSError):  # of what is buffered already, which is told by what follows
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return _Errors(stream) if stream is sys.stderr else _Output(stream)


def flush() -> None:
    """Write what is still buffered, here where a failure can be told. Raises MachineError."""
    if sys.stdout is not None:
        sys.stdout.flush()


def discard(descriptor: int) -> None:
    """Let what is still buffered go nowhere: it would fail again when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _told(error: OSError) -> Exception:
    if isinstance(error, BrokenPipeError):
        return error
    discard(1)
    return MachineError(
        "cli.output-not-writable",
        f"Standard output cannot be written: {error.strerror}.",
        "Where it leads to a file, the disk may be full.",
    )
