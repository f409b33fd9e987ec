"""The files of the sessions that wait, and the limits on them."""

import os
import stat
import time
from typing import Final, NamedTuple

from telemetry import files, layout, retention, tally
from telemetry.retention import DAY, Kept, Limits

__all__ = ["LIMITS", "MOST_BYTES", "Entry", "entries", "scan", "status", "trim"]

LIMITS: Final = Limits(files=200, size=2 * 1024 * 1024, age=30 * DAY)
MOST_BYTES: Final = 64 * 1024
"""The largest session that a collector takes."""


class Entry(NamedTuple):
    """A session in the spool."""

    session_id: str
    level: str
    path: str
    size: int
    time: float
    """When it was written, in seconds since the epoch."""


def entries(folder: str) -> list[Entry]:
    """Return the sessions below a telemetry folder, in no order; a file that is too large is none."""
    found_entries = []
    for found in scan(os.path.join(folder, layout.SPOOL)):
        parts = layout.parse_file_name(found.name)
        about = status(found)
        if parts and about and stat.S_ISREG(about.st_mode) and about.st_size <= MOST_BYTES:
            found_entries.append(Entry(*parts, found.path, about.st_size, about.st_mtime))
    return found_entries


def trim(folder: str, *, room: int = 0) -> None:
    """Delete what the limits on number, size and age leave no room for, oldest first, and count it.

    `room` is the number of sessions to make room for.
    """
    kept = (Kept(each.path, each.size, each.time) for each in entries(folder))
    limits = LIMITS._replace(files=LIMITS.files - room, size=LIMITS.size - room * MOST_BYTES)
    gone = retention.surplus(kept, limits, time.time())
    tally.add(folder, dropped=sum(files.remove(each.path) for each in gone))


def scan(path: str) -> list["os.DirEntry[str]"]:
    """Return what lies in a folder; nothing where there is none or it cannot be read."""
    try:
        with os.scandir(path) as found:
            return list(found)
    except OSError:
        return []


def status(found: "os.DirEntry[str]") -> os.stat_result | None:
    """Return what is known of a file or link itself; None where it is gone."""
    try:
        return found.stat(follow_symlinks=False)
    except OSError:
        return None
