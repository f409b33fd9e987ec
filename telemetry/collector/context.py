"""What the rooms of a running collector share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telemetry.collector.catalogues import Catalogues
from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.settings import Settings

if TYPE_CHECKING:
    from telemetry.collector.operations.log import Log
    from telemetry.collector.operations.metrics import Metrics
    from telemetry.collector.stores.protocol import RawStore, StoredSession

__all__ = ["Context", "Forward", "Upstream"]

Forward = Callable[["StoredSession"], Awaitable[None]]
Upstream = Callable[[str, bytes], Awaitable[tuple[int, Any]]]


@dataclass
class Context:
    """One running collector."""

    settings: Settings
    catalogues: Catalogues
    metrics: "Metrics"
    log: "Log"
    sessions: "RawStore | None" = None
    """The store of sessions: there while the application runs, never with the role `dashboard`."""

    forward: Forward | None = None
    """Of a relay: takes a session that was stored, to send it on."""

    upstream: Upstream | None = None
    """Of a relay: hands a person's wish on, and returns the status and the decoded answer."""

    @property
    def raw(self) -> "RawStore":
        """The store of sessions. Raises StoreUnavailable where it could not be opened yet."""
        if self.sessions is None:
            raise StoreUnavailable("starting")
        return self.sessions
