"""Time that a test's own process took, whatever else the machine did."""

import time

__all__ = ["Stopwatch", "waited_for_a_processor"]


class Stopwatch:
    """Measures from when it is made, without the time in which others had the processor."""

    def __init__(self) -> None:
        self._started = _own_time()

    @property
    def seconds(self) -> float:
        """Seconds so far in which the main thread ran, or waited for something else than a processor."""
        return _own_time() - self._started


def waited_for_a_processor() -> float:
    """Return the seconds in which this process's main thread could have run, and others did."""
    with open("/proc/self/schedstat", encoding="ascii") as file:
        return int(file.read().split()[1]) / 1e9


def _own_time() -> float:
    return time.monotonic() - waited_for_a_processor()
