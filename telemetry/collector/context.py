"""What the rooms of a running collector share."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry.collector.catalogues import Catalogues
from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.settings import Settings

if TYPE_CHECKING:
    from telemetry.collector.operations.log import Log
    from telemetry.collector.operations.metrics import Metrics
    from telemetry.collector.stores.protocol import RawStore

__all__ = ["Context"]


@dataclass
class Context:
    """One running collector."""

    settings: Settings
    catalogues: Catalogues
    metrics: "Metrics"
    log: "Log"
    sessions: "RawStore | None" = None
    """The store of sessions: there while the application runs, never with the role `dashboard`."""

    @property
    def raw(self) -> "RawStore":
        """The store of sessions. Raises StoreUnavailable where it could not be opened yet."""
        if self.sessions is None:
            raise StoreUnavailable("starting")
        return self.sessions
