"""Networks: create, find, remove."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from taskrunner.engine.client import PATIENT, Client, id_of
from taskrunner.engine.containers import label_filter
from taskrunner.engine.errors import ApiError
from taskrunner.engine.http import quote
from taskrunner.records import NamedTuple

__all__ = ["Network", "connect", "create", "disconnect", "find", "inspect", "remove"]

# A container that was just removed may still count as connected for a moment.
_REMOVAL_PATIENCE = 2.0
_REMOVAL_GLANCE = 0.1


class Network(NamedTuple):
    """A network on the engine."""

    id: str
    name: str
    labels: Mapping[str, str]
    created: float
    """Seconds since 1970."""


def create(client: Client, name: str, labels: Mapping[str, str]) -> str:
    """Create a bridge network and return its id."""
    body = {"Name": name, "Driver": "bridge", "CheckDuplicate": True, "Labels": dict(labels)}
    return client.json("POST", "/networks/create", id_of, body=body, timeout=PATIENT)


def inspect(client: Client, name_or_id: str) -> Network | None:
    """Return a network, or None where there is none of this name or id."""
    try:
        return client.json("GET", f"/networks/{quote(name_or_id)}", _network)
    except ApiError as error:
        if error.is_gone:
            return None
        raise


def connect(client: Client, network: str, container_id: str, aliases: Sequence[str]) -> None:
    """Let a container join a network, where it is reached by its aliases."""
    body = {"Container": container_id, "EndpointConfig": {"Aliases": list(aliases)}}
    client.request("POST", f"/networks/{quote(network)}/connect", body=body, timeout=PATIENT)


def disconnect(client: Client, network: str, container_id: str) -> None:
    """Take a container off a network, by its name or id. Raises EngineError, also where it is not on it."""
    body = {"Container": container_id, "Force": True}
    client.request("POST", f"/networks/{quote(network)}/disconnect", body=body, timeout=PATIENT)


def remove(client: Client, network_id: str) -> None:
    """Remove a network; one that is gone is fine."""
    deadline = time.monotonic() + _REMOVAL_PATIENCE
    while True:
        try:
            client.request("DELETE", f"/networks/{quote(network_id)}", timeout=PATIENT)
        except ApiError as error:
            if error.is_gone:
                return
            if "active endpoints" not in error.message or time.monotonic() > deadline:
                raise
            time.sleep(_REMOVAL_GLANCE)
        else:
            return


def find(client: Client, labels: Mapping[str, str | None]) -> list[Network]:
    """Return the networks that carry all labels; None stands for any value."""
    query = {"filters": json.dumps({"label": label_filter(labels)})}
    return client.json("GET", "/networks", lambda told: [_network(item) for item in told], query=query)


def _network(item: Mapping[str, Any]) -> Network:
    return Network(item["Id"], item["Name"], item.get("Labels") or {}, _seconds(item["Created"]))


def _seconds(text: str) -> float:
    """Return a time of the API's (RFC 3339, nanoseconds) in seconds since 1970."""
    # 2 ms of import, and only for those who have networks to look at.
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()
