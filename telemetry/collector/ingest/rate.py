"""How often somebody may ask: a bucket of tokens each, in memory alone."""

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from telemetry.collector.errors import CollectorError

__all__ = ["Addresses", "Limit"]

_MOST_KEYS: Final = 50_000
_NETWORK_BITS: Final = 64
"""Of an IPv6 address; the rest is the customer's to choose."""


class Limit:
    """Lets each key through so many times a minute; what was not used adds up to a minute's worth."""

    def __init__(self, a_minute: int) -> None:
        self._most = float(a_minute)
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self.refused = 0

    def __len__(self) -> int:
        """Return the number of keys that are remembered."""
        return len(self._buckets)

    def wait(self, key: bytes, now: float) -> int:
        """Return 0 and take a token, or the seconds after which there will be one.

        `now` is in seconds of a monotonic clock.
        """
        if not self._most:
            return 0
        tokens, before = self._buckets.pop(key, (self._most, now))
        tokens = min(self._most, tokens + (now - before) * self._most / 60)
        passes = tokens >= 1
        self._buckets[key] = (tokens - 1 if passes else tokens, now)
        if len(self._buckets) > _MOST_KEYS:
            # The one that was quiet for the longest has most of its tokens back anyway.
            self._buckets.popitem(last=False)
        if passes:
            return 0
        self.refused += 1
        return max(1, math.ceil((1 - tokens) * 60 / self._most))


class Addresses:
    """Tells who sent a request: the peer, or whom a trusted proxy names."""

    def __init__(self, trusted: Sequence[str]) -> None:
        try:
            self._trusted = [ipaddress.ip_network(each, strict=False) for each in trusted]
        except ValueError as error:
            raise CollectorError(
                "settings.bad-network",
                "The setting trusted_proxy has something that is no address and no network.",
                "Networks are written as 10.0.0.0/8 or fd00::/8, addresses as 10.0.0.7.",
            ) from error
        self._key = lru_cache(maxsize=4096)(self._find)

    def key(self, peer: str, headers: "list[tuple[bytes, bytes]]") -> bytes:
        """Return what stands for the sender's address or network."""
        if not self._trusted:
            return self._key(peer, b"")
        forwarded = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        return self._key(peer, forwarded[-400:])

    def _find(self, peer: str, forwarded: bytes) -> bytes:
        """Follow the chain from its end, where our own proxy wrote, as far as each is to be trusted."""
        address = _parsed(peer)
        hops = forwarded.decode("latin-1").split(",") if forwarded else []
        while hops and address is not None and any(address in network for network in self._trusted):
            before = _parsed(hops.pop().strip())
            if before is None:
                break
            address = before
        if address is None:
            return b""
        if address.version == 6:
            return address.packed[: _NETWORK_BITS // 8]
        return address.packed


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
