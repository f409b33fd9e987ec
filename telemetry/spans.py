"""Spans of a session, told as one a type where there are too many to tell each."""

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from telemetry.entries import SUMMARY_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from telemetry.values import Value

__all__ = ["MOST_SPANS", "SpanStore"]

MOST_SPANS: Final = 400
"""At about 150 bytes each they fill nearly the whole of a record."""


class _Span(NamedTuple):
    kind: str
    start: float
    end: float
    attributes: "dict[str, Value]"


class _Summary(NamedTuple):
    """Many spans of one type."""

    number: int
    start: float
    end: float
    total: float
    longest: float

    def with_span(self, start: float, end: float) -> "_Summary":
        return _Summary(
            self.number + 1,
            min(self.start, start),
            max(self.end, end),
            self.total + (end - start),
            max(self.longest, end - start),
        )


class SpanStore:
    """Keeps each span until there are 400; from then on the most frequent types are summed up.

    So the memory of a run of any length is bounded, and rare steps keep their own times.
    """

    def __init__(self) -> None:
        self._spans: list[_Span] = []
        self._summaries: dict[str, _Summary] = {}
        self.latest = 0.0
        """The last end of any span, in seconds of the monotonic clock."""

    def add(self, kind: str, start: float, end: float, attributes: "dict[str, Value]") -> None:
        """Take a span; times are seconds of the monotonic clock."""
        self.latest = max(self.latest, end)
        if kind in self._summaries:
            self._summaries[kind] = self._summaries[kind].with_span(start, end)
            return
        self._spans.append(_Span(kind, start, end, attributes))
        if len(self._spans) > MOST_SPANS:
            self.summarise_one_type()

    def summarise_one_type(self) -> bool:
        """Tell the spans of the most frequent type as one; False where none stands alone."""
        if not self._spans:
            return False
        kind = Counter(span.kind for span in self._spans).most_common(1)[0][0]
        summary = _Summary(0, float("inf"), float("-inf"), 0.0, 0.0)
        for span in self._spans:
            if span.kind == kind:
                summary = summary.with_span(span.start, span.end)
        self._summaries[kind] = summary
        self._spans = [span for span in self._spans if span.kind != kind]
        return True

    def plain(self, time: "Callable[[float], str]") -> list[dict[str, Any]]:
        """Return the spans as the wire format has them, by their start; `time` writes an instant."""
        told = sorted([*self._spans, *self._told()], key=lambda span: (span.start, span.end, span.kind))
        return [
            {
                "type": span.kind,
                "startTime": time(span.start),
                "endTime": time(span.end),
                "attributes": dict(sorted(span.attributes.items())),
            }
            for span in told
        ]

    def _told(self) -> "Iterator[_Span]":
        for kind, summary in self._summaries.items():
            values = (summary.number, round(summary.total * 1000), round(summary.longest * 1000))
            yield _Span(kind, summary.start, summary.end, dict(zip(SUMMARY_NAMES, values, strict=True)))
