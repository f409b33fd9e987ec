"""Sessions as a collector keeps them, for tests of stores and summaries."""

import uuid
from typing import Any

from telemetry.collector.stores.protocol import MILLISECONDS_A_DAY, StoredSession

__all__ = ["DAY", "stored"]

DAY = 20_000
"""A day of 2024."""


def stored(**given: Any) -> StoredSession:
    """Return a session with new ids, received on `DAY`, but for what is given."""
    at = DAY * MILLISECONDS_A_DAY + 1000
    base = StoredSession(
        uuid.uuid4().bytes,
        uuid.uuid4().bytes,
        "greet",
        "1.2.3",
        at,
        at - 500,
        at - 100,
        on_ci=False,
        body=b"{}",
    )
    return base._replace(**given)
