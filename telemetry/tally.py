"""Counts of what became of earlier sessions, until the next session carries them.

Each count is one line that is appended to a file; taking the counts renames that file first. So the
process that uploads and the one that records need no lock between them.
"""

import os
from typing import Final, NamedTuple

from telemetry import files, layout

__all__ = ["Tally", "add", "peek", "take"]

_LIMIT: Final = 256 * 1024


class Tally(NamedTuple):
    """What became of sessions since the counts were last taken."""

    sent: int = 0
    dropped: int = 0
    """Given up because of a limit on number, size or age."""
    refused: int = 0
    """Answered with a status that no second attempt would change."""
    quarantined: int = 0
    """Put aside because they were no sessions."""
    abandoned: int = 0
    """Closed on behalf of runs that were killed."""
    failed: int = 0
    """Attempts without an answer that counts; the sessions stayed."""
    milliseconds: int = 0
    """Time spent on attempts, all together."""


def add(folder: str, **counts: int) -> None:
    """Add to the counts, named as the fields of `Tally`. A disk that takes nothing loses them."""
    lines = "".join(f"{name} {amount}\n" for name, amount in counts.items() if amount)
    if not lines:
        return
    try:
        descriptor = os.open(
            os.path.join(folder, layout.TALLY),
            os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW,
            0o600,
        )
    except OSError:
        return
    try:
        os.write(descriptor, lines.encode())
    except OSError:
        return
    finally:
        os.close(descriptor)


def peek(folder: str) -> Tally:
    """Return the counts and leave them."""
    return _read(os.path.join(folder, layout.TALLY))


def take(folder: str) -> Tally:
    """Return the counts and start again from nothing."""
    path = os.path.join(folder, layout.TALLY)
    taken = f"{path}.{os.urandom(4).hex()}"
    try:
        os.rename(path, taken)
    except OSError:
        return Tally()
    counts = _read(taken)
    files.remove(taken)
    return counts


def _read(path: str) -> Tally:
    counts = dict.fromkeys(Tally._fields, 0)
    try:
        text = files.read(path, _LIMIT).decode("ascii", "replace")
    except OSError:
        return Tally()
    for line in text.splitlines():
        name, _, amount = line.partition(" ")
        if name in counts and amount.isascii() and amount.isdigit() and len(amount) < 10:
            counts[name] += int(amount)
    return Tally(**counts)
