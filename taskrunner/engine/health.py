"""When a container counts as healthy: the engine's rules, without its delays.

Pure functions over numbers. Times are in seconds since the container's start, durations in nanoseconds
only where the API has them so.
"""

import math
from typing import NamedTuple, Self

from taskrunner.engine.images import Image
from taskrunner.engine.spec import HealthSpec

__all__ = ["HealthCheck", "Schedule", "effective"]

_SECOND = 1_000_000_000
# The engine's, of a Dockerfile's HEALTHCHECK.
_DEFAULT_INTERVAL = 30 * _SECOND
_DEFAULT_TIMEOUT = 30 * _SECOND
_DEFAULT_RETRIES = 3
_DEFAULT_SHELL = ("/bin/sh", "-c")
_FIRST_PROBE = 0.05
_BACK_OFF = 1.5
# How late readiness may be noticed, as a share of the time that it took.
_SHARE_OF_WAIT = 0.02
# How many times as long as a probe takes the container is left alone after it.
_REST = 8


class HealthCheck(NamedTuple):
    """A health check with nothing left open. Durations are in seconds."""

    command: tuple[str, ...]
    """Words, as an exec takes them."""
    interval: float
    timeout: float
    start_period: float
    """How long failures do not count."""
    retries: int
    """How many failures in a row make a container unhealthy."""


def effective(image: Image, override: HealthSpec | None) -> HealthCheck | None:
    """Return the health check of a container, or None where it has none.

    Zero and None keep what the image has, and then the engine's default, as the engine does.
    """
    own = override or HealthSpec()
    command = _command(own.test or image.health_test, image.shell)
    if command is None:
        return None
    return HealthCheck(
        command,
        (own.interval or image.health_interval or _DEFAULT_INTERVAL) / _SECOND,
        (own.timeout or image.health_timeout or _DEFAULT_TIMEOUT) / _SECOND,
        (own.start_period or image.health_start_period) / _SECOND,
        own.retries or image.health_retries or _DEFAULT_RETRIES,
    )


class Schedule(NamedTuple):
    """When to probe next, and how many failures count so far.

    The engine waits a whole interval before its first probe and between any two. We probe early and
    often, for a success counts at once: the more often, the less time has passed and a probe takes. But a
    failure counts only where the engine would have probed too, so that a container is never unhealthy
    sooner than the engine would have it.
    """

    check: HealthCheck
    next_probe: float
    delay: float
    """How long after a failure the next probe comes."""
    next_count: float
    """When the engine would probe next: a failed probe that starts later stands for that one."""
    failures: int

    @classmethod
    def begin(cls, check: HealthCheck) -> Self:
        """Return the schedule of a container that just started."""
        first = min(_FIRST_PROBE, check.interval)
        return cls(check, first, first, check.interval, 0)

    @property
    def unhealthy(self) -> bool:
        """Whether the retries are used up."""
        return self.failures >= self.check.retries

    @property
    def deadline(self) -> float:
        """When the container counts as unhealthy, if all probes from now on fail at once."""
        first = self.next_count
        if first < self.check.start_period:
            first += math.ceil((self.check.start_period - first) / self.check.interval) * self.check.interval
        return first + max(0, self.check.retries - self.failures - 1) * self.check.interval

    def after_failure(self, started: float, finished: float) -> Self:
        """Return the schedule once a probe, from `started` to `finished`, has failed or timed out."""
        longest = max(_FIRST_PROBE, finished * _SHARE_OF_WAIT, (finished - started) * _REST)
        delay = min(self.delay * _BACK_OFF, longest, self.check.interval)
        next_count, failures = self.next_count, self.failures
        if started >= next_count:
            # By the engine's clock rather than ours: it would have begun this probe at `next_count`.
            failures += next_count >= self.check.start_period
            next_count += finished - started + self.check.interval
        # Never past the moment at which the engine would probe.
        next_probe = max(finished, min(finished + delay, next_count))
        return self._replace(next_probe=next_probe, delay=delay, next_count=next_count, failures=failures)


def _command(test: tuple[str, ...], shell: tuple[str, ...]) -> tuple[str, ...] | None:
    kind, words = test[:1], test[1:]
    if kind == ("CMD",) and words:
        return words
    if kind == ("CMD-SHELL",) and words:
        return (*(shell or _DEFAULT_SHELL), *words)
    return None
