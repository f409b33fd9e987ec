"""What runs that were killed left on the engine: found by its labels, and never a neighbour's.

A thing is a leftover only where we can be sure: this machine and this PID namespace made it, and the
process that did is gone. Engines are shared: between machines over the network, and with containers
that mount the engine's socket, whose process ids mean nothing here.
"""

import time
from collections.abc import Callable, Iterable

from taskrunner.engine import containers, networks
from taskrunner.engine.client import Client
from taskrunner.errors import EngineError
from taskrunner.execution.labels import RUN, Owner, owner_of
from taskrunner.host.process import ProcessIdentity, is_alive
from taskrunner.records import NamedTuple

__all__ = ["Leftovers", "find_leftovers", "is_dead", "remove_leftovers"]


class Leftovers(NamedTuple):
    """Ids of what is left."""

    containers: tuple[str, ...]
    networks: tuple[str, ...]


def find_leftovers(client: Client, gone: Callable[[Owner, float], bool]) -> Leftovers:
    """Return what carries our labels and whose owner is gone.

    `gone` gets the owner and the age of the thing in seconds. Raises EngineError.
    """
    now = time.time()
    found = containers.find(client, {RUN: None})
    nets = networks.find(client, {RUN: None})

    def chosen(things: Iterable[containers.Found | networks.Network]) -> tuple[str, ...]:
        return tuple(
            thing.id
            for thing in things
            if (owner := owner_of(dict(thing.labels))) is not None and gone(owner, now - thing.created)
        )

    return Leftovers(chosen(found), chosen(nets))


def remove_leftovers(client: Client, leftovers: Leftovers) -> Leftovers:
    """Remove leftovers and return what is gone; what another process removes meanwhile is fine."""
    removed_containers = tuple(i for i in leftovers.containers if _try(lambda: containers.remove(client, i)))  # noqa: B023
    removed_networks = tuple(i for i in leftovers.networks if _try(lambda: networks.remove(client, i)))  # noqa: B023
    return Leftovers(removed_containers, removed_networks)


def is_dead(owner: Owner, us: ProcessIdentity, *, same_machine_for_sure: bool) -> bool:
    """Return whether a run's process is gone for certain.

    `same_machine_for_sure` says that the engine listens on this machine's own socket: only then does
    another boot of a machine with our id mean that its processes are gone, for copies of a virtual
    machine share their id.
    """
    them = owner.process
    if them.pid_namespace != us.pid_namespace or them.machine != us.machine:
        return False
    if them.boot != us.boot:
        return same_machine_for_sure and us.machine != "unknown" and "unknown" not in (us.boot, them.boot)
    return not is_alive(them.pid, them.start)


def _try(remove: Callable[[], None]) -> bool:
    try:
        remove()
    except EngineError:
        return False
    return True
