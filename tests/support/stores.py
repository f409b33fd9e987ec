"""How tests open a store of sessions."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from telemetry.collector.stores.protocol import RawStore

__all__ = ["Opened"]

Opened = Callable[[], AbstractAsyncContextManager[RawStore]]
