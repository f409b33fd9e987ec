"""Ports and mounts of a Compose service."""

import re
from typing import Final

from taskrunner.config import compose_values as values
from taskrunner.config.nodes import Entry, MappingNode, Node, ScalarNode, quoted

__all__ = ["port", "tmpfs", "volume"]

_PUBLISHED: Final = re.compile(r"(?P<local>[0-9-]+):(?P<container>[0-9-]+)(?:/(?P<protocol>\w+))?")
# A colon in a variable's default separates nothing.
_SHORT: Final = re.compile(r"(?P<source>(?:\$\{[^}]*\}|[^:])+):(?P<target>[^:]+)(?::(?P<options>[^:]+))?")
_VOLUME_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_ANY_NAME: Final = "Give it a name, such as `data:/path`: it becomes a cache of this name."


def port(node: Node) -> Node:
    """Return a published port. Raises Rejected."""
    if isinstance(node, MappingNode):
        return _long_port(node)
    text = values.plain(values.scalar(node, "a port"))
    if _PUBLISHED.fullmatch(text.text):
        return text
    if text.text.count(":") > 1:
        hint = "An address of the host cannot be given: a port is always published on all of them."
        raise values.refused(text, f"The port {quoted(text.text)} is not supported here.", hint)
    hint = "Containers of a task reach one another without it; to publish it, write host:container."
    raise values.refused(text, f"The port {quoted(text.text)} names no port of the host.", hint)


def _long_port(node: MappingNode) -> MappingNode:
    names = {"target": "container", "published": "local", "protocol": "protocol"}
    entries: dict[str, Entry] = {}
    for name, part in node.entries.items():
        if name in names:
            entries[names[name]] = Entry(part.key._replace(text=names[name]), part.value)
        elif name not in ("name", "app_protocol") and _text(part.value) != "ingress":
            raise values.refused(part.key, f"The key {quoted(name)} of a port is not supported here.")
    return node._replace(entries=entries)


def volume(node: Node, folder: str) -> Node:
    """Return a mount; `folder` is where relative paths start. Raises Rejected."""
    if isinstance(node, MappingNode):
        return _long_volume(node, folder)
    text = values.scalar(node, "a volume")
    match = _SHORT.fullmatch(text.text)
    if match is None:
        raise values.refused(text, f"The volume {quoted(text.text)} has no name.", _ANY_NAME)
    source, target, options = match["source"], match["target"], match["options"] or ""
    return _mount(text, source, target, options, folder)


def _mount(text: ScalarNode, source: str, target: str, options: str, folder: str) -> MappingNode:
    parts = {"container": values.plain(text._replace(text=target))}
    if options:
        parts["options"] = values.plain(text._replace(text=options))
    if _VOLUME_NAME.fullmatch(source):
        parts |= {"type": text._replace(text="cache"), "name": text._replace(text=source)}
    else:
        parts["local"] = values.path(text._replace(text=source), folder)
    return _map(text, parts)


def _long_volume(node: MappingNode, folder: str) -> MappingNode:
    known = {name: _text(part.value) for name, part in node.entries.items()}
    for name, part in node.entries.items():
        if name not in ("type", "source", "target", "read_only", "consistency"):
            raise values.refused(part.key, f"The key {quoted(name)} of a volume is not supported here.")
    kind, target = known.get("type", "volume"), known.get("target", "")
    anchor = next(iter(node.entries.values())).key
    if kind == "tmpfs":
        return _map(
            anchor, {"type": anchor._replace(text="tmpfs"), "container": anchor._replace(text=target)}
        )
    if kind not in ("bind", "volume") or not known.get("source") or not target:
        raise values.refused(
            node, "A volume of Compose needs a type of bind, volume or tmpfs, and source and target."
        )
    options = "ro" if known.get("read_only", "").lower() == "true" else ""
    source = node.entries["source"].value
    if kind == "bind" and _VOLUME_NAME.fullmatch(known["source"]):
        return _mount(values.scalar(source, "a path"), f"./{known['source']}", target, options, folder)
    return _mount(values.scalar(source, "a source"), known["source"], target, options, folder)


def tmpfs(node: Node) -> Node:
    """Return a folder in memory. Raises Rejected."""
    text = values.plain(values.scalar(node, "a path"))
    target, _, options = text.text.partition(":")
    parts = {"type": text._replace(text="tmpfs"), "container": text._replace(text=target)}
    if options:
        parts["options"] = text._replace(text=options)
    return _map(text, parts)


def _map(node: ScalarNode, parts: dict[str, ScalarNode]) -> MappingNode:
    entries = {name: Entry(node._replace(text=name), value) for name, value in parts.items()}
    return MappingNode(node.source, node.line, node.column, node.width, node.anchored, entries)


def _text(node: Node) -> str:
    return node.text if isinstance(node, ScalarNode) else ""
