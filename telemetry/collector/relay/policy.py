"""What of a session leaves the company: at most a level, without some fields, and under other ids."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from telemetry.catalog import Catalog
from telemetry.collector.ingest.instants import milliseconds
from telemetry.entries import LEVELS, Field
from telemetry.identity import user_id

__all__ = ["Policy", "applied", "person_secret"]


class Policy(NamedTuple):
    """What may leave."""

    level: str = LEVELS[-1]
    """The highest level; `none` keeps everything inside."""
    dropped: frozenset[str] = frozenset()
    """Names of attributes, events and spans that stay inside."""


def applied(body: bytes, catalog: Catalog, policy: Policy, relay_secret: str) -> bytes | None:
    """Return the session as it leaves, or None if it stays inside.

    The id of the person is made anew, of a secret that only this relay can make: whoever receives the
    session cannot tell which of the ids inside it belongs to.
    """
    document: dict[str, Any] = json.loads(body)
    attributes: dict[str, Any] = document["attributes"]
    level = _lower(attributes.get("telemetryLevel"), policy.level)
    if level == LEVELS[0]:
        return None
    consented = attributes.get("consentedVersion")
    narrowed = catalog.at(level, consented if isinstance(consented, int) else catalog.version)
    document["attributes"] = _kept(attributes, narrowed.attributes, policy)
    if "telemetryLevel" in document["attributes"]:
        document["attributes"]["telemetryLevel"] = level
    for name, kinds in (("events", narrowed.events), ("spans", narrowed.spans)):
        fields = {kind.name: kind.attributes for kind in kinds if kind.name not in policy.dropped}
        document[name] = [
            {**each, "attributes": _kept(each["attributes"], fields[each["type"]], policy)}
            for each in document[name]
            if each["type"] in fields
        ]
    started = milliseconds(document["sessionStartTime"]) / 1000
    secret = person_secret(relay_secret, bytes.fromhex(document["userId"].replace("-", "")))
    document["userId"] = user_id(secret, level, started)
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def person_secret(relay_secret: str, user: bytes) -> str:
    """Return the secret behind the id that a person has outside: as long as one that a client makes."""
    return hashlib.sha256(b"relay " + bytes.fromhex(relay_secret) + user).hexdigest()


def _lower(told: object, most: str) -> str:
    level = told if isinstance(told, str) and told in LEVELS else LEVELS[-1]
    return LEVELS[min(LEVELS.index(level), LEVELS.index(most))]


def _kept(values: Mapping[str, Any], fields: Sequence[Field], policy: Policy) -> dict[str, Any]:
    allowed = {field.name for field in fields} - policy.dropped
    return {name: value for name, value in values.items() if name in allowed}
