"""The names in the text of a config, which nobody has checked yet."""

import os

from taskrunner.config.files import read_source
from taskrunner.config.nodes import MappingNode, ScalarNode, SequenceNode, Source
from taskrunner.config.yaml_reader import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskrunner.config.nodes import Entry, Node

__all__ = ["raw_names"]

_SECTIONS = {"tasks": "tasks", "containers": "containers", "variables": "config_variables"}
_MOST_FILES = 50


def raw_names(path: str, kind: str) -> list[tuple[str, str]]:
    """Return the names of a kind with their descriptions: see taskrunner.cli.completion.names."""
    roots = list(_maps(path))
    if kind == "caches":
        return [(name, "") for name in dict.fromkeys(name for root in roots for name in _caches(root))]
    sign = "" if kind == "tasks" else "="
    return [
        (name + sign, _text(_below(entry.value, "description")))
        for root in roots
        for name, entry in _entries(_below(root, _SECTIONS[kind]))
    ]


def _maps(file: str) -> "Iterator[MappingNode]":
    """Give the content of a config file and of those that it includes from the disk."""
    waiting, seen = [os.path.abspath(file)], set[str]()
    while waiting and len(seen) < _MOST_FILES:
        path = waiting.pop(0)
        source = read_source(path) if path not in seen else None
        seen.add(path)
        root = parse(source, []) if isinstance(source, Source) else None
        if isinstance(root, MappingNode):
            yield root
            waiting += [os.path.join(os.path.dirname(path), each) for each in _includes(root)]


def _includes(root: MappingNode) -> "Iterator[str]":
    include = _below(root, "include")
    for item in include.items if isinstance(include, SequenceNode) else ():
        path = item.text if isinstance(item, ScalarNode) else _text(_below(item, "path"))
        if path and _below(item, "repo") is None:
            yield path


def _caches(root: MappingNode) -> "Iterator[str]":
    for _, container in _entries(_below(root, "containers")):
        volumes = _below(container.value, "volumes")
        for mount in volumes.items if isinstance(volumes, SequenceNode) else ():
            if _text(_below(mount, "type")) == "cache":
                yield _text(_below(mount, "name"))


def _entries(node: "Node | None") -> "list[tuple[str, Entry]]":
    return list(node.entries.items()) if isinstance(node, MappingNode) else []


def _below(node: "Node | None", key: str) -> "Node | None":
    if isinstance(node, MappingNode) and key in node.entries:
        return node.entries[key].value
    return None


def _text(node: "Node | None") -> str:
    return node.text if isinstance(node, ScalarNode) and not node.null else ""
