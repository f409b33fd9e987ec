"""How a run learns that a container ended: from the engine's `die` event.

The event carries the exit code and arrives with the end of the output, 55 ms before the engine's
wait call answers, which it only does once the container's network is torn down. Where the stream of
events breaks, the engine is asked about each container instead.
"""

from threading import Condition, Thread

from taskrunner.engine import containers, events
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.errors import ApiError
from taskrunner.errors import EngineError

__all__ = ["ExitWatch"]

# How long an event may be late before the engine is asked, and how often it is asked then.
_DOUBT = 0.5
_KILLED = 137


class ExitWatch:
    """Knows which containers of a run have ended, and how."""

    def __init__(self, client: Client, labels: dict[str, str]) -> None:
        self._client = client
        self._scope = CancelScope()
        self._codes: dict[str, int] = {}
        self._changed = Condition()
        self._reliable = True
        # Subscribed before the first container starts, so that no end can be missed.
        self._events = events.watch(
            client, labels=labels, kinds=("container",), actions=("die",), scope=self._scope
        )
        Thread(target=self._follow, name="exits", daemon=True).start()

    def exit_code(self, container_id: str) -> int | None:
        """Return how a container ended, or None where it has not, as far as is known."""
        with self._changed:
            return self._codes.get(container_id)

    def wait(self, container_id: str, *, output_ended: bool) -> int:
        """Return a container's exit code once it has ended.

        `output_ended` says that the end is due, so that a late event is not waited for in vain.
        Raises EngineError where the engine does not answer any more, and Cancelled after `close`.
        """
        while True:
            with self._changed:
                if not self._is_news(container_id):
                    self._changed.wait(_DOUBT if output_ended or not self._reliable else None)
                if container_id in self._codes:
                    return self._codes[container_id]
                # The news may have been of another container.
                doubt = output_ended or not self._reliable
            if self._scope.cancelled:
                raise Cancelled
            if doubt:
                self._ask(container_id)

    def close(self) -> None:
        """Stop watching, and wake whoever waits."""
        self._scope.cancel()
        with self._changed:
            self._reliable = False
            self._changed.notify_all()

    def _is_news(self, container_id: str) -> bool:
        return container_id in self._codes or self._scope.cancelled

    def _ask(self, container_id: str) -> None:
        try:
            state = containers.inspect(self._client, container_id)
        except ApiError as error:
            if not error.is_gone:
                raise
            # Removed, by us or by somebody else, and that takes a kill.
            self._note(container_id, _KILLED)
            return
        if state.status in ("exited", "dead"):
            self._note(container_id, state.exit_code)

    def _follow(self) -> None:
        try:
            for event in self._events:
                self._note(event.id, int(event.attributes.get("exitCode", "-1")))
        except (Cancelled, EngineError):
            pass
        with self._changed:
            self._reliable = False
            self._changed.notify_all()

    def _note(self, container_id: str, code: int) -> None:
        with self._changed:
            self._codes[container_id] = code
            self._changed.notify_all()
