"""What the command itself took, and how it ended."""

from collections.abc import Iterator
from typing import Final

from taskrunner.usage_collectors.answers import Topic

__all__ = ["FIELDS", "collect"]

_TOPIC: Final = Topic(
    proposal="0010-program",
    level="full",
    gathered="The kernel's own count for this process, read when the command ends.",
    load="One small file read.",
    identifying="A number about our own process.",
    alternatives="A profiler, whose cost people would feel.",
    summarised="Median and 95th percentile a week, by version and command.",
    drawn="Line over time, by version.",
)
_MEBIBYTES: Final = ("0-31", "32-47", "48-63", "64-95", "96-127", "128-255", "256-511", "512+")

FIELDS: Final = (
    _TOPIC.field("cpuTime", "duration", "How much work does taskrunner itself make, in milliseconds?", 84),
    _TOPIC.bucket("peakMemoryMebibytes", "How much memory does taskrunner itself take?", _MEBIBYTES),
    _TOPIC.field(
        "exitCode",
        "count",
        "How do commands end: well, by a mistake, by the engine or by a fault of ours?",
        0,
        gathered="The number that the command ends with.",
        load="None.",
        identifying="One of 256 numbers, most often 0.",
        alternatives="Success or failure alone, which would not tell our faults from those of tasks.",
        summarised="Sessions a week, by value.",
        drawn="Bars, largest first.",
    ),
)


def collect(exit_code: int, cpu: float, peak: int | None) -> Iterator[tuple[str, object]]:
    """Give the fields' values; `cpu` is the CPU time in seconds, `peak` the most memory in bytes."""
    yield "exitCode", exit_code
    yield "cpuTime", cpu * 1000
    if peak is not None:
        yield "peakMemoryMebibytes", peak / 2**20
