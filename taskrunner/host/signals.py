"""Signals that ask a command to end."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from threading import Thread
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
def handled(
    on_signal: Callable[[int], None], others: Mapping[int, Callable[[], None]] | None = None
) -> Iterator[None]:
    """Call `on_signal` with the number of each ending signal, in a thread of its own, until the block ends.

    `others` says what to do for further signals.

    A signal that is ignored already stays ignored: `nohup` and shells that start a command in the
    background ask for that.

    Python's own handlers run between instructions of the main thread. A signal that arrives just
    before that thread begins to wait for a lock is not seen until the wait ends, which may be never.
    The interpreter's wake-up descriptor is written to at once, whatever the threads are doing.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)
    actions: dict[int, Callable[[], None]] = {
        number: partial(on_signal, number)
        for number in _ENDING
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    actions.update(others or {})
    Thread(target=_watch, args=(read, actions), name="signals", daemon=True).start()
    earlier_descriptor = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    earlier = {number: signal.signal(number, _noted) for number in actions}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(earlier_descriptor)
        os.close(write)


def _noted(number: int, frame: FrameType | None) -> None:
    """Do nothing: by now the signal's number is in the pipe."""


def _watch(read: int, actions: Mapping[int, Callable[[], None]]) -> None:
    while numbers := os.read(read, 64):
        for number in numbers:
            if number in actions:
                actions[number]()
    os.close(read)
