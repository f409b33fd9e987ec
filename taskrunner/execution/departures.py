"""Who leaves a task's network: it can be removed from then on, while the engine still deletes containers.

Between the one and the other lie 30 ms and more. Where it is not known, the network waits for their removal.
"""

from threading import Thread

from taskrunner.engine import events
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.errors import EngineError
from taskrunner.execution.bus import Left
from taskrunner.execution.context import RunContext

__all__ = ["follow"]


def follow(context: RunContext, network_id: str, scope: CancelScope) -> None:
    """Tell the task's state machine, from another thread, of each container that leaves a network."""

    def listen() -> None:
        try:
            for event in events.departures(context.client, network_id, scope):
                context.bus.queue.put(Left(event.attributes.get("container", "")))
        except (Cancelled, EngineError):
            return

    Thread(target=listen, name="departures", daemon=True).start()
