"""Removes what killed runs left, beside a run and without ever standing in its way."""

from threading import Thread

from taskrunner.engine.client import Client
from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.execution.labels import Owner

__all__ = ["Sweep"]

# How long a finished run waits for a sweep that is in the middle of removing something.
_PATIENCE = 5.0


class Sweep:
    """A listener that begins once the engine has started a container: until then each moment counts."""

    def __init__(self, client: Client, owner: Owner) -> None:
        self._client = client
        self._owner = owner
        self._found: list[e.LeftoversRemoved] = []
        self._thread = Thread(target=self._run, name="sweep", daemon=True)

    def on_event(self, event: e.Event, at: float) -> None:  # noqa: ARG002 - when does not matter
        """Begin, where that is due."""
        if isinstance(event, e.ContainerStarted) and self._thread.ident is None:
            self._thread.start()

    def on_output(self, container: str, stream: e.Stream, data: bytes) -> None:
        """Take no notice of output."""

    def finish(self) -> list[e.LeftoversRemoved]:
        """Come to an end, also in a run that started no container; return what is to be told."""
        if self._thread.ident is None:
            self._thread.start()
        self._thread.join(_PATIENCE)
        return self._found

    def _run(self) -> None:
        from taskrunner.execution.leftovers import find_leftovers, is_dead, remove_leftovers

        client, owner = self._client, self._owner
        local = client.endpoint.is_local
        try:
            found = find_leftovers(
                client,
                lambda them, _age: (
                    not them.may_stay and is_dead(them, owner.process, same_machine_for_sure=local)
                ),
            )
            if found.containers or found.networks:
                gone = remove_leftovers(client, found)
                self._found.append(e.LeftoversRemoved(len(gone.containers), len(gone.networks)))
        except (EngineError, OSError):
            # The run itself meets the same engine and machine, and says so; a later run sweeps.
            return
