"""What a container may use of the machine: limits, its platform, further networks."""

import re
from decimal import Decimal
from typing import Any, Final

from taskrunner.config import values
from taskrunner.config.decode import (
    Decoder,
    Field,
    Rejected,
    Scope,
    list_of,
    read_entries,
    read_fields,
    table,
)
from taskrunner.config.model import Reference, Ulimit
from taskrunner.config.nodes import Entry, Node, ScalarNode, quoted
from taskrunner.config.scalars import FILLED_TEXT, converted
from taskrunner.errors import Problem

__all__ = ["RESOURCE_DEFAULTS", "RESOURCE_FIELDS", "ULIMIT_TABLE"]

ULIMIT_NAMES: Final = (
    "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
    "rtprio", "rttime", "sigpending", "stack",
)  # fmt: skip

_LEAST_MEMORY: Final = 6 * 1024**2
_CPUS: Final = "[0-9]{1,6}(?:\\.[0-9]{1,9})?"
_PLATFORM: Final = "[a-z0-9_]+/[a-z0-9_]+(?:/[a-z0-9_.]+)?"
_NETWORK: Final = "[a-zA-Z0-9][a-zA-Z0-9_.-]*"
_BUILT_IN_NETWORKS: Final = ("bridge", "host", "none", "default")


def _limit(text: str) -> int:
    if text == "-1":
        return -1
    if not re.fullmatch("[0-9]{1,18}", text):
        raise ValueError("a whole number, or -1 for no limit,")
    return int(text)


_LIMIT: Final = Decoder(
    converted(_limit),
    {"anyOf": [{"type": "integer", "minimum": -1}, {"type": "string", "pattern": "^(-1|[0-9]+)$"}]},
)

ULIMIT_TABLE: Final = table(
    "ulimit",
    "a limit",
    "A limit of a container's processes, as the shell's `ulimit` sets it.",
    [
        Field("soft", _LIMIT, "What holds until a process raises it; -1 for none.", required=True),
        Field("hard", _LIMIT, "How far a process may raise it; -1 for no end.", required=True),
    ],
)


def _ulimit(entry: Entry, scope: Scope) -> Ulimit:
    from taskrunner.config.suggest import did_you_mean

    name = entry.key.text
    if name not in ULIMIT_NAMES:
        message = f"{quoted(name)} is not a limit: accepted are {', '.join(ULIMIT_NAMES)}."
        hint = did_you_mean(name, ULIMIT_NAMES)
        raise Rejected(Problem("config.unknown-choice", message, entry.key.where, hint))
    if isinstance(entry.value, ScalarNode):
        both = _LIMIT.read(entry.value, scope)
        return Ulimit(both, both)
    fields = read_fields(entry.value, ULIMIT_TABLE, scope)
    limit = Ulimit(fields.need("soft"), fields.need("hard"))
    if limit.hard != -1 and not -1 < limit.soft <= limit.hard:
        message = f"The soft limit of {name} is above its hard limit."
        hint = "Lower it, or raise the hard limit; -1 stands for no limit."
        raise Rejected(Problem("config.bad-value", message, fields.value("soft"), hint))
    return limit


def _ulimits(node: Node, scope: Scope) -> dict[str, Ulimit]:
    return read_entries(node, "ulimits is a map from names to limits", _ulimit, scope)


ULIMITS: Final = Decoder(
    _ulimits,
    {
        "type": "object",
        "propertyNames": {"enum": list(ULIMIT_NAMES)},
        "additionalProperties": {"anyOf": [_LIMIT.schema, {"$ref": "#/$defs/ulimit"}]},
    },
)


def _memory(text: str) -> int:
    size = values.parse_size(text)
    if size < _LEAST_MEMORY:
        raise ValueError("a size of at least 6m")
    return size


MEMORY: Final = Decoder(
    converted(_memory),
    {
        "anyOf": [
            {"type": "integer", "minimum": _LEAST_MEMORY},
            {"type": "string", "pattern": f"^{values.SIZE}$"},
        ]
    },
)


def _cpus(text: str) -> int:
    """Return billionths of a processor, the engine's unit."""
    billionths = int(Decimal(text) * 10**9) if re.fullmatch(_CPUS, text) else 0
    if billionths < 10**7:
        raise ValueError("a number of processors from 0.01, such as 2 or 0.5,")
    return billionths


CPUS: Final = Decoder(
    converted(_cpus),
    {"anyOf": [{"type": "number", "minimum": 0.01}, {"type": "string", "pattern": f"^{_CPUS}$"}]},
)


def _platform(text: str) -> str:
    if not re.fullmatch(_PLATFORM, text):
        raise ValueError("a platform such as linux/amd64 or linux/arm64/v8")
    return text


PLATFORM: Final = Decoder(converted(_platform), {"type": "string", "pattern": f"^{_PLATFORM}$"})


def _network(node: Node, scope: Scope) -> Reference:
    name = FILLED_TEXT.read(node, scope)
    if name in _BUILT_IN_NETWORKS or not re.fullmatch(_NETWORK, name):
        message = f"{quoted(name)} cannot be a further network: it has to be one that somebody created."
        hint = "Create one with `docker network create NAME`, and name it here."
        raise Rejected(Problem("config.bad-network", message, node.where, hint))
    return Reference(name, node.where)


NETWORKS: Final = list_of(
    Decoder(_network, {"type": "string", "pattern": f"^{_NETWORK}$"}),
    same=lambda network: network.name,
    duplicates="network",
)

RESOURCE_FIELDS: Final[tuple[Field, ...]] = (
    Field("ulimits", ULIMITS, "Limits of the processes, by name."),
    Field("mem_limit", MEMORY, "The most memory that it may use."),
    Field("cpus", CPUS, "The most processors that it may use, such as 0.5."),
    Field("platform", PLATFORM, "The platform of the image, such as `linux/amd64`."),
    Field("networks", NETWORKS, "Networks, made by somebody else, that it joins besides the task's own."),
)
RESOURCE_DEFAULTS: Final[dict[str, Any]] = {
    "ulimits": {},
    "mem_limit": None,
    "cpus": None,
    "platform": None,
    "networks": (),
}
