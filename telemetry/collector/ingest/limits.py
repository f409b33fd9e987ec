"""What a session may be at most, and how long a sender may take."""

from typing import Final

__all__ = [
    "MOST_AGE_SECONDS",
    "MOST_AHEAD_SECONDS",
    "MOST_BYTES",
    "MOST_GZIPPED",
    "NEWER_SECONDS",
]

MOST_BYTES: Final = 64 * 1024
"""Of a session, as JSON."""
MOST_GZIPPED: Final = 32 * 1024
"""Of a gzipped body; a session of 64 KiB takes about 10."""
MOST_AGE_SECONDS: Final = 40 * 24 * 3600
"""A client keeps what it could not send for 30 days, a relay may add some."""
MOST_AHEAD_SECONDS: Final = 24 * 3600
"""For clocks that are fast, or set to the wrong time zone."""
NEWER_SECONDS: Final = 6 * 3600
"""`Retry-After` for a release that this collector does not know yet: somebody has to hand its files over."""
