"""Signals while a run is under way: the first stops and cleans, the second kills, the third leaves."""

import time
from collections.abc import Callable
from typing import NoReturn

from taskrunner.execution.bus import Bus, Signal
from taskrunner.execution.events import Interrupted
from taskrunner.host.signals import EXIT_CODES, name_of

__all__ = ["Interrupts"]

# timeout(1) and some CI systems send a signal to the process and to its group: that is one, not two.
_ONE_SIGNAL = 0.01


class Interrupts:
    """Counts the signals of a run and passes them to the state machine."""

    def __init__(
        self,
        bus: Bus,
        on_first: Callable[[], None],
        leave: Callable[[tuple[str, ...], int], NoReturn],
    ) -> None:
        self._bus = bus
        self._on_first = on_first
        self._leave = leave
        self._numbers: list[int] = []
        self._last = 0.0
        self._to_clean: dict[int, Callable[[], tuple[str, ...]]] = {}
        self.heard = False
        """Whether a task was under way to take note of it, and said so."""

    @property
    def exit_code(self) -> int | None:
        """The exit code that the first signal asks for, or None without one."""
        return EXIT_CODES[name_of(self._numbers[0])] if self._numbers else None

    def after_tasks(self) -> int | None:
        """Return that exit code; a signal that came when the last task had just ended is told of here."""
        if self._numbers and not self.heard:
            self.heard = True
            self._bus.announce(Interrupted(name_of(self.first), self.times))
        return self.exit_code

    @property
    def first(self) -> int:
        """The number of the first signal; only where there is one."""
        return self._numbers[0]

    @property
    def times(self) -> int:
        """How many signals have arrived."""
        return len(self._numbers)

    def to_clean(self, task: int, commands: Callable[[], tuple[str, ...]]) -> None:
        """Take note of what tells a task's commands that clean up, for a person who will not wait."""
        self._to_clean[task] = commands

    def on_signal(self, number: int) -> None:
        """Take note of a signal; called in a thread of its own, whatever the others are doing."""
        now = time.monotonic()
        if self._numbers and number == self._numbers[-1] and now - self._last < _ONE_SIGNAL:
            return
        self._last = now
        self._numbers.append(number)
        if len(self._numbers) >= 3:
            commands = tuple(command for tell in self._to_clean.values() for command in tell())
            self._leave(commands, self.exit_code or 1)
        self._on_first()
        self._bus.broadcast(Signal(number))
