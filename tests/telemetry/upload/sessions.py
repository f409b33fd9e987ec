"""Sessions for the spool: valid enough for a client, which judges nothing but their form."""

import json
import os
import time
import uuid
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Recorded", "age", "record", "tree"]


class Recorded(NamedTuple):
    """A session as a program hands it over."""

    session_id: str
    data: bytes


def record(size: int = 0, version: str = "1.2.3") -> Recorded:
    """Return a new session, of exactly `size` bytes where that is more than it needs."""
    session_id = str(uuid.uuid4())
    session = {"sessionId": session_id, "applicationVersion": version, "attributes": {}}
    padding = size - len(json.dumps(session | {"attributes": {"x": ""}}))
    if padding > 0:
        session["attributes"] = {"x": "y" * padding}
    return Recorded(session_id, json.dumps(session).encode())


def age(path: str, seconds: float) -> None:
    """Make a file look as old as this; a negative number makes one from the future."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def tree(folder: str) -> Mapping[str, bytes]:
    """Return all files below a folder with their bytes."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found
