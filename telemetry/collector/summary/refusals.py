"""What did not get into the sums: sessions that were turned away, and those that came too late."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from telemetry.collector.aggregates.model import Row
from telemetry.collector.stores.protocol import Refusal
from telemetry.collector.summary.release import floor_tens
from telemetry.collector.summary.scan import Days

__all__ = ["coverage_rows"]


def coverage_rows(
    application: str, refused: Mapping[Refusal, int], found: Sequence[Days], day: int
) -> Iterator[Row]:
    """Give a day's numbers, in whole tens: a few sessions could be one person's."""
    late = floor_tens(sum(each.late.get(day, 0) for each in found))
    if late:
        yield Row("quality", "late", "people", "", "late", sessions=late)
    sums: Counter[tuple[str, str]] = Counter()
    for refusal, sessions in refused.items():
        if refusal.application in (application, ""):
            sums[refusal.key, refusal.kind] += sessions
    for (key, kind), sessions in sorted(sums.items()):
        if floor_tens(sessions):
            yield Row("refused", key, "people", "", kind, sessions=floor_tens(sessions))
