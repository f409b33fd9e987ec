"""Which of many files have to go, so that a folder keeps to its limits."""

from collections.abc import Iterable
from typing import Final, NamedTuple

__all__ = ["DAY", "Kept", "Limits", "surplus"]

DAY: Final = 24 * 60 * 60.0


class Limits(NamedTuple):
    """How much a folder may hold."""

    files: int
    size: int
    """In bytes, all files together."""
    age: float
    """In seconds."""


class Kept(NamedTuple):
    """A file in such a folder."""

    path: str
    size: int
    time: float
    """When it was written, in seconds since the epoch."""


def surplus(kept: Iterable[Kept], limits: Limits, now: float) -> list[Kept]:
    """Return what has to go: what is too old, then the oldest until number and size are within the limits.

    A file from the future counts as old as it is early: once a clock that ran ahead is put right, its
    files would otherwise never end, and push out every honest one.
    """
    newest_first = sorted(kept, key=lambda each: abs(now - each.time))
    gone: list[Kept] = []
    files = size = 0
    for each in newest_first:
        # Once one does not fit no older one stays, or a small old file would outlive a large young one.
        if gone or files >= limits.files or size + each.size > limits.size or _is_old(each, limits, now):
            gone.append(each)
        else:
            files, size = files + 1, size + each.size
    return gone


def _is_old(each: Kept, limits: Limits, now: float) -> bool:
    return abs(now - each.time) > limits.age
