"""Many senders at once."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.collector import Collector, a_session

__all__ = ["send_all", "sessions"]


def sessions(number: int) -> list[dict[str, Any]]:
    """Return so many different sessions."""
    return [a_session() for _ in range(number)]


def send_all(
    collector: Collector,
    given: Sequence[dict[str, Any]],
    *,
    senders: int = 8,
    halfway: Callable[[], object] | None = None,
) -> dict[str, int]:
    """Send sessions over several connections; return each one's answer, 0 where there was none.

    `halfway` is called by one of the senders before it goes on.
    """
    middle = given[len(given) // 2]

    def send(session: dict[str, Any]) -> tuple[str, int]:
        if halfway is not None and session is middle:
            halfway()
        try:
            return session["sessionId"], collector.put(json.dumps(session).encode()).status
        except OSError:
            return session["sessionId"], 0

    with ThreadPoolExecutor(senders) as pool:
        return dict(pool.map(send, given))
