"""What the engine says is happening."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client, Reply
from taskrunner.engine.containers import label_filter
from taskrunner.records import NamedTuple

__all__ = ["EngineEvent", "Watch", "departures", "watch"]


class EngineEvent(NamedTuple):
    """Something that happened on the engine."""

    action: str
    """Such as `die`."""
    id: str
    """Of the container, network or whatever else it happened to."""
    attributes: Mapping[str, str]
    """Labels, and what the action brings, such as `exitCode`."""
    time_nano: int
    """Nanoseconds since 1970, by the engine's clock."""


class Watch:
    """A subscription: iterate over its events, in one thread, until it is closed or cancelled."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[EngineEvent]:
        with self._reply:
            yield from self._reply.values(_event)

    def close(self) -> None:
        """Unsubscribe."""
        self._reply.close()


def watch(
    client: Client,
    *,
    labels: Mapping[str, str | None],
    kinds: tuple[str, ...],
    actions: tuple[str, ...],
    scope: CancelScope | None,
) -> Watch:
    """Subscribe to events of what carries all labels; nothing that happens from now on is missed.

    Iterating also gives matching events from before, as far as the engine remembers them (256 in all).
    It raises Cancelled, and EngineError where the engine goes away.
    """
    # Podman tells of `die`, and wants it to be called `died` here.
    also = ("died",) if "die" in actions else ()
    return _subscribe(
        client, {"label": label_filter(labels), "type": list(kinds), "event": [*actions, *also]}, scope
    )


def departures(client: Client, network_id: str, scope: CancelScope | None) -> Watch:
    """Subscribe, as `watch` does, to who leaves a network: the attribute `container` is the id."""
    return _subscribe(client, {"network": [network_id], "type": ["network"], "event": ["disconnect"]}, scope)


def _subscribe(client: Client, filters: Mapping[str, list[str]], scope: CancelScope | None) -> Watch:
    # The engine sends the headers before it subscribes us. Asking for the past closes that gap.
    query: Mapping[str, str | int | None] = {"since": 1, "filters": json.dumps(filters)}
    return Watch(client.stream("GET", "/events", query=query, scope=scope))


def _event(value: Mapping[str, Any]) -> EngineEvent:
    actor = value["Actor"]
    return EngineEvent(value["Action"], actor["ID"], actor.get("Attributes") or {}, int(value["timeNano"]))
