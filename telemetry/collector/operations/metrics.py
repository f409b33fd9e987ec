"""Numbers about the collector itself, in the text format of Prometheus.

A label is a word of the program's own, an application's id or an attribute of the catalogue; never a
value, an address or a user's id.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Final

__all__ = ["Metrics"]

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

_Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counters, gauges and histograms. For one thread."""

    def __init__(self) -> None:
        self._help: dict[str, tuple[str, str]] = {}
        self._counters: dict[str, dict[_Labels, float]] = {}
        self._gauges: dict[str, Callable[[], float]] = {}
        self._histograms: dict[str, list[float]] = {}

    def counter(self, name: str, meaning: str) -> None:
        """Declare a number that only grows."""
        self._help[name] = ("counter", meaning)
        self._counters.setdefault(name, {})

    def gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Declare a number that is looked up when it is asked for."""
        self._help[name] = ("gauge", meaning)
        self._gauges[name] = value

    def histogram(self, name: str, meaning: str) -> None:
        """Declare a distribution of seconds."""
        self._help[name] = ("histogram", meaning)
        self._histograms.setdefault(name, [0.0] * (len(_SECONDS) + 2))

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a declared counter."""
        series = self._counters[name]
        key = tuple(labels.items())
        series[key] = series.get(key, 0) + amount

    def observe(self, name: str, seconds: float) -> None:
        """Add an observation to a declared histogram."""
        buckets = self._histograms[name]
        buckets[bisect_left(_SECONDS, seconds)] += 1
        buckets[-1] += seconds

    def value(self, name: str, **labels: str) -> float:
        """Return a counter's number; without labels the sum of them all."""
        series = self._counters[name]
        return series.get(tuple(labels.items()), 0) if labels else sum(series.values())

    def text(self) -> str:
        """Return everything in the format that Prometheus reads (text format 0.0.4)."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name, (kind, meaning) in sorted(self._help.items()):
            yield f"# HELP {name} {meaning}"
            yield f"# TYPE {name} {kind}"
            if kind == "counter":
                for labels, number in sorted(self._counters[name].items()):
                    yield f"{name}{_labels(labels)} {number:g}"
            elif kind == "gauge":
                yield f"{name} {self._gauges[name]():g}"
            else:
                yield from _histogram(name, self._histograms[name])


def _histogram(name: str, buckets: list[float]) -> Iterator[str]:
    total = 0.0
    for edge, number in zip((*map(str, _SECONDS), "+Inf"), buckets, strict=False):
        total += number
        yield f'{name}_bucket{{le="{edge}"}} {total:g}'
    yield f"{name}_sum {buckets[-1]:.6f}"
    yield f"{name}_count {total:g}"


def _labels(labels: _Labels) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}" if labels else ""
