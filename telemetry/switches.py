"""What holds uploads back: the person's pause, the collector's wish to wait, and its end.

Each is a small file below the telemetry folder, so that every process sees it at once.
"""

import os
import time
from typing import Final

from telemetry import files, layout
from telemetry.retention import DAY

__all__ = [
    "held_until",
    "hold",
    "is_gone",
    "is_paused",
    "may_upload",
    "pause",
    "resume",
    "switch_off",
    "switch_on",
]

LONGEST_HOLD: Final = 7 * DAY
"""What a collector may ask for at most: a mistake there must not silence everybody for years."""


def pause(folder: str) -> None:
    """Stop uploads until `resume`; sessions go on waiting. Raises OSError."""
    files.make_folder(folder)
    files.write(os.path.join(folder, layout.PAUSED), b"")


def resume(folder: str) -> bool:
    """Allow uploads again; return whether they were paused."""
    return files.remove(os.path.join(folder, layout.PAUSED))


def is_paused(folder: str) -> bool:
    """Return whether uploads are paused."""
    return os.path.lexists(os.path.join(folder, layout.PAUSED))


def switch_off(folder: str, url: str) -> None:
    """Note that the collector at this address is gone for good (410). Raises OSError."""
    files.make_folder(folder)
    files.write(os.path.join(folder, layout.OFF), f"{url}\n".encode())


def switch_on(folder: str) -> bool:
    """Forget that a collector was gone; return whether that had been noted."""
    return files.remove(os.path.join(folder, layout.OFF))


def is_gone(folder: str) -> bool:
    """Return whether a collector answered that it is gone: then nothing is to be recorded or sent."""
    return os.path.lexists(os.path.join(folder, layout.OFF))


def hold(folder: str, seconds: float) -> None:
    """Send nothing for this long, at most seven days. Raises OSError."""
    until = time.time() + min(max(seconds, 0.0), LONGEST_HOLD)
    files.write(os.path.join(folder, layout.HOLD), b"%d\n" % int(1000 * until))


def held_until(folder: str) -> float | None:
    """Return until when nothing is to be sent, in seconds since the epoch, or None."""
    try:
        text = files.read(os.path.join(folder, layout.HOLD), 32).decode("ascii", "replace").strip()
    except OSError:
        return None
    if not (text.isascii() and text.isdigit()):
        return None
    until = int(text) / 1000  # stored in milliseconds
    # A time that no hold can reach was written by a clock that has been put right since.
    return until if time.time() < until <= time.time() + LONGEST_HOLD else None


def may_upload(folder: str) -> bool:
    """Return whether nothing holds uploads back now."""
    return not is_paused(folder) and not is_gone(folder) and held_until(folder) is None
