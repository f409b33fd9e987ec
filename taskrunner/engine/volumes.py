"""Volumes: create, find, remove."""

import json
from collections.abc import Mapping
from typing import Any

from taskrunner.engine.client import PATIENT, Client
from taskrunner.engine.errors import ApiError
from taskrunner.engine.http import quote

__all__ = ["ensure", "find", "remove"]


def ensure(client: Client, name: str, labels: Mapping[str, str]) -> None:
    """Create a volume unless it exists, in which case it stays as it is."""
    body = {"Name": name, "Labels": dict(labels)}
    client.request("POST", "/volumes/create", body=body, timeout=PATIENT, repeatable=True)


def find(client: Client, prefix: str) -> list[str]:
    """Return the names of the volumes that begin with `prefix`, sorted."""
    # The engine's filter takes the text anywhere in the name: it only shortens the list.
    query = {"filters": json.dumps({"name": [prefix]})}
    names = client.json("GET", "/volumes", _names, query=query)
    return sorted(name for name in names if name.startswith(prefix))


def remove(client: Client, name: str) -> None:
    """Remove a volume; one that is gone is fine. Raises ApiError where a container uses it."""
    try:
        client.request("DELETE", f"/volumes/{quote(name)}", timeout=PATIENT)
    except ApiError as error:
        if not error.is_gone:
            raise


def _names(told: Mapping[str, Any]) -> list[str]:
    return [str(volume["Name"]) for volume in told["Volumes"] or ()]
