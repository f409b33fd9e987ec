"""Networks that a container joins besides the one of its task."""

from taskrunner.engine import networks
from taskrunner.engine.client import Client
from taskrunner.engine.errors import ApiError
from taskrunner.errors import EngineError
from taskrunner.plan.model import PlannedContainer

__all__ = ["join"]


def join(client: Client, container: PlannedContainer, container_id: str) -> None:
    """Let a container that has not started yet join its networks. Raises EngineError."""
    aliases = (container.name, *container.additional_hostnames)
    for network in container.networks:
        # The engine itself notices a network that is missing only when the container starts.
        found = networks.inspect(client, network)
        if found is None:
            raise EngineError(
                "engine.network-missing",
                f"The network '{network}', which the container joins, does not exist.",
                f"Create it with `docker network create {network}`.",
            )
        try:
            networks.connect(client, found.id, container_id, aliases)
        except ApiError as error:
            if "already exists in network" not in error.message:  # the task's own may be just this one
                raise
