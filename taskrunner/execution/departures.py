"""Who leaves a task's network: it can be removed from then on, while the engine still deletes containers.

Between the one and the other lie 30 ms and more. Where it is not known, the network waits for their removal.
"""

import contextlib
from collections.abc import Iterable
from threading import Lock, Thread

from taskrunner.engine import events, networks
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.errors import EngineError
from taskrunner.execution.bus import Left
from taskrunner.execution.context import RunContext

__all__ = ["follow", "leave"]


def follow(context: RunContext, network_id: str, scope: CancelScope) -> None:
    """Tell the task's state machine, from another thread, of each container that leaves a network."""

    def listen() -> None:
        try:
            for event in events.departures(context.client, network_id, scope):
                context.bus.queue.put(Left(event.attributes.get("container", "")))
        except (Cancelled, EngineError):
            return

    Thread(target=listen, name="departures", daemon=True).start()


def leave(context: RunContext, container_id: str, from_networks: Iterable[str], turn: Lock) -> None:
    """Take a container that runs off its networks, one container after another.

    Engines before 23 may block themselves for ever where several leave at the same moment, as they do when
    they are killed together. Where it does not go well, the removal that follows says why.
    """
    for network in from_networks:
        with turn, contextlib.suppress(EngineError):
            networks.disconnect(context.client, network, container_id)
