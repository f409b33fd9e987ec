"""Signals that ask a command to end."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from taskrunner import exit_codes

__all__ = ["EXIT_CODES", "handled", "name_of"]

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

EXIT_CODES = {
    "SIGINT": exit_codes.INTERRUPTED,
    "SIGTERM": exit_codes.TERMINATED,
    "SIGHUP": exit_codes.HANGUP,
    "SIGPIPE": exit_codes.BROKEN_PIPE,
}
"""What a command that such a signal ended exits with."""


def name_of(number: int) -> str:
    """Return a signal's name, such as `SIGINT`."""
    return signal.Signals(number).name


@contextmanager
def handled(on_signal: Callable[[int], None]) -> Iterator[None]:
    """Call `on_signal` with the number of each ending signal, until the block ends.

    A signal that is ignored already stays ignored: `nohup` and shells that start a command in the
    background ask for that.
    """

    def handler(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        on_signal(number)

    previous = {}
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            previous[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, old)
