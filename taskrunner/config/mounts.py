"""Volumes, devices and ports: each as one text or as an object."""

import re
from typing import Any, Final

from taskrunner.config.decode import (
    Decoder,
    Field,
    Fields,
    Rejected,
    Scope,
    empty_text,
    list_of,
    read_fields,
    table,
)
from taskrunner.config.expressions import literal
from taskrunner.config.model import (
    CacheMount,
    Device,
    LocalMount,
    Mount,
    PathExpression,
    Port,
    PortRange,
    TmpfsMount,
)
from taskrunner.config.nodes import MappingNode, Node, ScalarNode, quoted, within
from taskrunner.config.scalars import FILLED_TEXT, PATH, TEXT, choice
from taskrunner.config.values import PORT_RANGE, parse_port_range
from taskrunner.errors import Position, Problem

__all__ = ["DEVICES", "DEVICE_TABLE", "PORTS", "PORT_TABLE", "VOLUMES", "VOLUME_TABLE"]

# A drive letter's colon does not end a host path.
_MOUNT: Final = "((?:[a-zA-Z]:\\\\)?[^:]+):([^:]+)(?::([^:]+))?"

_MOUNT_TYPES: Final = {"local": "local", "cache": "cache", "tmpfs": "tmpfs"}
_NEEDED: Final = {"local": ("local", "container"), "cache": ("name", "container"), "tmpfs": ("container",)}
_FORBIDDEN: Final = {"local": ("name",), "cache": ("local",), "tmpfs": ("local", "name")}

VOLUME_TABLE: Final = table(
    "volume",
    "a volume",
    "A host folder or file, a cache or a folder in memory, mounted in the container.",
    [
        Field(
            "type",
            choice(_MOUNT_TYPES, "a type of volume"),
            "`local`: a host folder or file. `cache`: a folder that outlives the container. "
            "`tmpfs`: a folder in memory.",
        ),
        Field("local", PATH, "The host path, for the type `local`; an expression."),
        Field("container", FILLED_TEXT, "The path in the container."),
        Field("options", TEXT, "Mount options, such as `ro` or `cached`; passed to the engine as they are."),
        Field("name", FILLED_TEXT, "The cache's name, for the type `cache`."),
    ],
    {
        "required": ["container"],
        "oneOf": [
            {"properties": {"type": {"const": "local"}, "name": False}, "required": ["local"]},
            {"properties": {"type": {"const": "cache"}, "local": False}, "required": ["type", "name"]},
            {"properties": {"type": {"const": "tmpfs"}, "local": False, "name": False}, "required": ["type"]},
        ],
    },
)

DEVICE_TABLE: Final = table(
    "device",
    "a device",
    "A device of the host, made available in the container.",
    [
        Field("local", FILLED_TEXT, "The device's path on the host.", required=True),
        Field("container", FILLED_TEXT, "The device's path in the container.", required=True),
        Field(
            "options",
            TEXT,
            "What the container may do: some of `r` (read), `w` (write) and `m` (make).",
            nullable=True,
        ),
    ],
)


def _ports_side(node: Node, _: Scope) -> PortRange:
    text = node.text if isinstance(node, ScalarNode) else ""
    return _port_range(text, node.where)


_PORT_SIDE: Final = Decoder(
    _ports_side,
    {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 65535},
            {"type": "string", "pattern": f"^{PORT_RANGE}$"},
        ]
    },
)
_PROTOCOLS: Final = {"tcp": "tcp", "udp": "udp", "sctp": "sctp"}

PORT_TABLE: Final = table(
    "port",
    "a port mapping",
    "A port of the host, or a range, that leads to a port of the container.",
    [
        Field("local", _PORT_SIDE, "The host's port, such as `8080`, or range, `8080-8090`.", required=True),
        Field("container", _PORT_SIDE, "The container's port, or a range of the same size.", required=True),
        Field("protocol", choice(_PROTOCOLS, "a protocol"), "`tcp`, `udp` or `sctp`."),
    ],
)


def _volume(node: Node, scope: Scope) -> Mount:
    if isinstance(node, ScalarNode):
        local, container, options = _split_mount(node, "volume")
        # As in batect, this form takes no expressions: the host path stands as written.
        path = PathExpression(literal(local, node.where), scope.directory)
        return LocalMount(path, container, options, node.where)
    if not isinstance(node, MappingNode):
        raise Rejected(_bad_mount("volume", "a list", node))
    return _volume_object(read_fields(node, VOLUME_TABLE, scope), scope)


def _volume_object(fields: Fields, scope: Scope) -> Mount:
    kind = "local" if not fields.has("type") else fields.need("type")
    for name in _NEEDED[kind]:
        if not fields.has(name):
            message = f"The key '{name}' is missing: a volume of the type {kind} needs it."
            hint = f"Add it: the type {kind} has {' and '.join(_NEEDED[kind])}."
            scope.problems.append(Problem("config.missing-key", message, fields.where, hint))
    for name in _FORBIDDEN[kind]:
        if fields.has(name):
            message = f"A volume of the type {kind} has no key '{name}'."
            hint = f"Remove it, or choose another type: {kind} has {' and '.join(_NEEDED[kind])}."
            scope.problems.append(Problem("config.key-not-permitted", message, fields.key(name), hint))
    container, options, where = fields.need("container"), fields.get("options"), fields.where
    if kind == "local":
        return LocalMount(fields.need("local"), container, options, where)
    if kind == "cache":
        return CacheMount(fields.need("name"), container, options, where)
    return TmpfsMount(container, options, where)


def _device(node: Node, scope: Scope) -> Device:
    if isinstance(node, ScalarNode):
        local, container, options = _split_mount(node, "device")
        where = node.where
    elif isinstance(node, MappingNode):
        fields = read_fields(node, DEVICE_TABLE, scope)
        local, container, options = fields.need("local"), fields.need("container"), fields.get("options")
        where = fields.value("options") if fields.has("options") else fields.where
    else:
        raise Rejected(_bad_mount("device", "a list", node))
    if options is not None and not re.fullmatch("[rwm]+", options):
        message = f"{quoted(options)} is not accepted here: a device's options are some of r, w and m."
        hint = "Write `rwm` for all of them, `r` to read only, or leave them out."
        raise Rejected(Problem("config.bad-device-options", message, where, hint))
    return Device(local, container, "rwm" if options is None else options)


def _split_mount(node: ScalarNode, what: str) -> tuple[str, str, str | None]:
    if not node.text:
        raise Rejected(empty_text(node))
    match = re.fullmatch(_MOUNT, node.text)
    if match is None:
        raise Rejected(_bad_mount(what, quoted(node.text), node))
    return match[1], match[2], match[3]


def _bad_mount(what: str, found: str, node: Node) -> Problem:
    message = f"Here is {found}, but a {what} is `local:container`, `local:container:options` or a map."
    hint = "Write the path here, a colon and the path in the container: `./src:/src`."
    return Problem("config.bad-mount", message, node.where, hint)


def _port(node: Node, scope: Scope) -> Port:
    if isinstance(node, ScalarNode):
        return _port_text(node)
    if not isinstance(node, MappingNode):
        raise Rejected(_bad_port("a list", node.where))
    fields = read_fields(node, PORT_TABLE, scope)
    protocol = fields.need("protocol") if fields.has("protocol") else "tcp"
    return _same_size(Port(fields.need("local"), fields.need("container"), protocol, fields.where))


def _port_text(node: ScalarNode) -> Port:
    text, where = node.text, node.where
    local, colon, rest = text.partition(":")
    container, slash, protocol = rest.partition("/")
    if not colon or ":" in rest:
        raise Rejected(_bad_port(quoted(text), where))
    if slash and protocol not in _PROTOCOLS:
        message = f"{quoted(protocol)} is not a protocol: accepted are {', '.join(_PROTOCOLS)}."
        place = within(where, text, len(text) - len(protocol), len(protocol))
        hint = "Leave it out for tcp."
        raise Rejected(Problem("config.unknown-choice", message, place, hint))
    local_range = _port_range(local, within(where, text, 0, len(local)))
    inner = _port_range(container, within(where, text, len(local) + 1, len(container)))
    return _same_size(Port(local_range, inner, protocol or "tcp", where))


def _port_range(text: str, where: Position) -> PortRange:
    try:
        return parse_port_range(text)
    except ValueError as error:
        message = f"{quoted(text)} is not accepted here: {error} is expected."
        hint = "Write one port, such as 8080, or a range, such as 8080-8090."
        raise Rejected(Problem("config.bad-port", message, where, hint)) from None


def _same_size(port: Port) -> Port:
    if port.local.last - port.local.first != port.container.last - port.container.first:
        message = "The range of host ports and the range of container ports differ in size."
        hint = "Write as many ports on both sides, such as `8080-8082:80-82`."
        raise Rejected(Problem("config.port-ranges-differ", message, port.where, hint))
    return port


def _bad_port(found: str, where: Position) -> Problem:
    message = f"Here is {found}, but a port is `local:container`, `local:container/protocol` or a map."
    hint = None
    if found.count(":") > 1:
        hint = "An address of the host cannot be given: a port is always published on all of them."
    return Problem("config.bad-port", message, where, hint)


def _mount_identity(mount: Mount) -> tuple[Any, ...]:
    if isinstance(mount, LocalMount):
        return ("local", mount.local.expression.parts, mount.container, mount.options)
    if isinstance(mount, CacheMount):
        return ("cache", mount.name, mount.container, mount.options)
    return ("tmpfs", mount.container, mount.options)


_MOUNT_TEXT: Final = {"type": "string", "pattern": f"^{_MOUNT}$"}
_PORT_TEXT: Final = {"type": "string", "pattern": f"^{PORT_RANGE}:{PORT_RANGE}(/(tcp|udp|sctp))?$"}

VOLUMES: Final = list_of(
    Decoder(_volume, {"anyOf": [_MOUNT_TEXT, {"$ref": "#/$defs/volume"}]}), same=_mount_identity
)
DEVICES: Final = list_of(
    Decoder(_device, {"anyOf": [_MOUNT_TEXT, {"$ref": "#/$defs/device"}]}), same=lambda device: device
)
PORTS: Final = list_of(
    Decoder(_port, {"anyOf": [_PORT_TEXT, {"$ref": "#/$defs/port"}]}), same=lambda port: port[:3]
)
