"""A service of a Compose file as a container: `from: compose.yaml#service`.

The service's keys become those of a container, with their places in the Compose file, before anything is
decoded: what is wrong with a value is found by the container's own fields, and shown where it stands.
"""

import os
from typing import Final

from taskrunner.config.compose_keys import KEYS, WITHOUT_EFFECT, Service
from taskrunner.config.compose_reference import KEY, reference
from taskrunner.config.compose_values import as_map
from taskrunner.config.decode import Rejected, Scope
from taskrunner.config.files import read_source
from taskrunner.config.nodes import Entry, MappingNode, ScalarNode, is_null, quoted
from taskrunner.config.suggest import did_you_mean
from taskrunner.config.yaml_reader import parse
from taskrunner.errors import Position, Problem

__all__ = ["with_service"]

_SOURCES: Final = ("image", "build_directory")
_MERGED: Final = "environment"


def with_service(node: MappingNode, scope: Scope) -> MappingNode:
    """Return a container's map, which has `from`, with what its Compose service adds.

    Raises Rejected where the service cannot be read.
    """
    where = node.entries[KEY].value
    file, _, name = reference(where, scope).partition("#")
    path = os.path.normpath(os.path.join(scope.directory, os.path.expanduser(file)))
    service = _service(path, name, where.where, scope)
    folder = os.path.relpath(os.path.dirname(path), scope.directory)
    return _merged(node, _translated(Service(service, folder, scope.problems)))


def _service(path: str, name: str, where: Position, scope: Scope) -> MappingNode:
    if scope.others is not None:
        scope.others.append(path)
    source = read_source(path, where)
    if isinstance(source, Problem):
        raise Rejected(source)
    root = parse(source, scope.problems)
    services = root.entries.get("services") if isinstance(root, MappingNode) else None
    if services is None or not isinstance(services.value, MappingNode):
        message = f"{path} is no Compose file: it has no map of services."
        hint = "Name a file that has `services:`, with the service behind a #: `compose.yaml#web`."
        raise Rejected(Problem("config.no-compose-file", message, where, hint))
    found = services.value.entries.get(name)
    if found is None:
        known = services.value.entries
        message = f"{path} has no service {quoted(name)}: it has {', '.join(known) or 'none'}."
        raise Rejected(Problem("config.unknown-compose-service", message, where, did_you_mean(name, known)))
    if not isinstance(found.value, MappingNode):
        hint = "Give it keys of its own, such as `image`."
        raise Rejected(Problem("config.expected-map", "A Compose service is a map.", found.key.where, hint))
    return found.value


def _translated(service: Service) -> dict[str, Entry]:
    """Return the entries of a container; what cannot be one is a problem."""
    entries: dict[str, Entry] = {}
    has_image = True
    for name, entry in service.node.entries.items():
        if name in WITHOUT_EFFECT or name.startswith("x-") or is_null(entry.value):
            continue
        translate = KEYS.get(name)
        if translate is None:
            service.problems.append(_unsupported(entry.key))
            continue
        try:
            for key, value in translate(entry, service).items():
                entries[key] = Entry(entry.key._replace(text=key), value)
        except Rejected as rejected:
            service.problems.extend(rejected.problems)
            has_image = has_image and name not in ("image", "build")
    if not has_image:
        raise Rejected  # that no image is left would only be said once more
    return entries


def _unsupported(key: ScalarNode) -> Problem:
    message = f"The key {quoted(key.text)} of a Compose service is not supported here."
    hint = (
        f"Remove it, or write the container out without `from`. Supported are {', '.join(sorted(KEYS))}; "
        f"without an effect here are {', '.join(sorted(WITHOUT_EFFECT))}."
    )
    return Problem("config.compose-unsupported", message, key.where, hint)


def _merged(node: MappingNode, entries: dict[str, Entry]) -> MappingNode:
    """Return the container's own entries over the service's; of the environment, variable by variable."""
    own = node.entries
    if any(source in own for source in _SOURCES):
        entries = {k: v for k, v in entries.items() if not k.startswith(("image", "build_", "dockerfile"))}
    merged = {**entries, **own}
    if _MERGED in entries and _MERGED in own:
        ours, theirs = as_map(own[_MERGED].value, passes_on=True), entries[_MERGED].value
        if isinstance(ours, MappingNode) and isinstance(theirs, MappingNode):
            both = ours._replace(entries={**theirs.entries, **ours.entries})
            merged[_MERGED] = own[_MERGED]._replace(value=both)
    return node._replace(entries=merged)
