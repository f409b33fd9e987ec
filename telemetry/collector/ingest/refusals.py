"""Counts what is turned away, by place and kind, so that a source that changed its output is noticed."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from telemetry.collector.context import Context
from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.stores.protocol import Refusal, day_of
from telemetry.record import Fault

__all__ = ["Refusals"]

_SECONDS: Final = 5.0
_MOST: Final = 2000
_POSITION: Final = re.compile(r"\.[0-9]+(?=\.|$)")


class Refusals:
    """Adds up in memory, and brings the numbers to the store every few seconds."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._counts: Counter[Refusal] = Counter()

    def note(self, application: str, faults: Iterable[Fault], now: int) -> None:
        """Count a refused session, once for each place that is wrong in it."""
        for key, kind in {(_POSITION.sub("", fault.key), fault.type) for fault in faults}:
            refusal = Refusal(day_of(now), application, key, kind)
            if refusal in self._counts or len(self._counts) < _MOST:
                self._counts[refusal] += 1

    async def flush(self) -> None:
        """Bring what was counted to the store; where it takes nothing, keep it for the next time."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            await self._context.raw.add_refusals(counts)
        except StoreUnavailable:
            self._counts.update(counts)

    async def keep_flushing(self) -> None:
        """Flush every few seconds, and a last time when it is cancelled."""
        try:
            while True:
                await asyncio.sleep(_SECONDS)
                await self.flush()
        finally:
            await self.flush()
