"""What each key of a Compose service becomes in a container."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from taskrunner.config import compose_values as values
from taskrunner.config.decode import Rejected
from taskrunner.config.nodes import Entry, MappingNode, Node, ScalarNode, SequenceNode, quoted
from taskrunner.errors import Problem

__all__ = ["KEYS", "WITHOUT_EFFECT", "Service"]


class Service(NamedTuple):
    """A service, and what its values are relative to."""

    node: MappingNode
    folder: str
    """The Compose file's folder, as seen from the folder that our own paths start at."""
    problems: list[Problem]


Translation: TypeAlias = Callable[[Entry, Service], Mapping[str, Node]]

WITHOUT_EFFECT: Final = frozenset(
    {"container_name", "expose", "networks", "profiles", "restart", "stdin_open", "tty"}
)
"""Keys that have no meaning for tasks: containers of a task share a network, and live as long as it does."""


def _text(key: str) -> Translation:
    return lambda entry, _: {key: values.plain(values.scalar(entry.value, "text"))}


def _command(key: str) -> Translation:
    return lambda entry, _: {key: values.command(entry.value)}


def _texts(key: str) -> Translation:
    return lambda entry, _: {key: _list(entry.value, "texts")}


def _map(key: str) -> Translation:
    return lambda entry, _: {key: values.as_map(entry.value, values.plain)}


def _as_it_is(key: str) -> Translation:
    return lambda entry, _: {key: entry.value}


def _environment(entry: Entry, _: Service) -> Mapping[str, Node]:
    return {"environment": values.as_map(entry.value, values.expression, passes_on=True)}


def _image(entry: Entry, _: Service) -> Mapping[str, Node]:
    return {"image": values.expression(values.scalar(entry.value, "an image"))}


def _build(entry: Entry, service: Service) -> Mapping[str, Node]:
    if not isinstance(entry.value, MappingNode):
        return {"build_directory": values.path(values.scalar(entry.value, "a folder"), service.folder)}
    found: dict[str, Node] = {}
    for name, part in entry.value.entries.items():
        match name:
            case "context":
                found["build_directory"] = values.path(values.scalar(part.value, "a folder"), service.folder)
            case "dockerfile":
                found["dockerfile"] = values.plain(values.scalar(part.value, "a path"))
            case "target":
                found["build_target"] = values.plain(values.scalar(part.value, "a stage"))
            case "args":
                found["build_args"] = values.as_map(part.value, values.expression)
            case _:
                raise values.refused(
                    part.key, f"The key {quoted(name)} of a Compose build is not supported here."
                )
    if "build_directory" not in found:
        found["build_directory"] = entry.key._replace(text=service.folder)
    return found


def _pull_policy(entry: Entry, _: Service) -> Mapping[str, Node]:
    node = values.scalar(entry.value, "a pull policy")
    known = {"always": "Always", "missing": "IfNotPresent", "if_not_present": "IfNotPresent"}
    if node.text not in known:
        message = f"The pull policy {quoted(node.text)} is not supported here: always and missing are."
        raise values.refused(node, message)
    return {"image_pull_policy": node._replace(text=known[node.text])}


def _depends_on(entry: Entry, _: Service) -> Mapping[str, Node]:
    if not isinstance(entry.value, MappingNode):
        return {"dependencies": _list(entry.value, "services")}
    found = {name: part._replace(value=_condition(part)) for name, part in entry.value.entries.items()}
    return {"dependencies": entry.value._replace(entries=found)}


def _condition(part: Entry) -> Node:
    """Return when a dependency will do, without what only matters to services that keep running."""
    if not isinstance(part.value, MappingNode):
        return part.value
    kept = {n: setting for n, setting in part.value.entries.items() if n not in ("restart", "required")}
    return part.value._replace(entries=kept)


def _env_file(item: Node, service: Service) -> Node:
    if not isinstance(item, MappingNode):
        return values.path(values.scalar(item, "a path"), service.folder)
    file = item.entries.get("path")
    if file is None:
        return item
    path = values.path(values.scalar(file.value, "a path"), service.folder)
    return item._replace(entries={**item.entries, "path": file._replace(value=path)})


def _health_check(entry: Entry, _: Service) -> Mapping[str, Node]:
    if not isinstance(entry.value, MappingNode):
        raise values.refused(entry.value, "A health check is a map.")
    found: dict[str, Entry] = {}
    for name, part in entry.value.entries.items():
        if name == "test":
            found["command"] = Entry(part.key._replace(text="command"), _test(part.value))
        elif name in ("interval", "timeout", "retries", "start_period"):
            found[name] = Entry(part.key, values.plain(values.scalar(part.value, "a value")))
        else:
            message = f"The key {quoted(name)} of a Compose health check is not supported here."
            raise values.refused(part.key, message)
    return {"health_check": entry.value._replace(entries=found)}


def _test(node: Node) -> ScalarNode:
    """Return the command of a health check; ours is one that a shell runs."""
    if not isinstance(node, SequenceNode):
        return values.plain(values.scalar(node, "a command"))
    kind = values.scalar(node.items[0], "CMD or CMD-SHELL").text if node.items else ""
    if kind == "CMD-SHELL" and len(node.items) == 2:
        return values.plain(values.scalar(node.items[1], "a command"))
    if kind == "CMD" and len(node.items) > 1:
        return values.shell_command(node._replace(items=node.items[1:]))
    hint = "An image's own health check cannot be switched off." if kind == "NONE" else None
    raise values.refused(node, "A test is a command, or a list that starts with CMD or CMD-SHELL.", hint)


def _extra_hosts(entry: Entry, _: Service) -> Mapping[str, Node]:
    node = entry.value
    if not isinstance(node, SequenceNode):
        return {"additional_hosts": values.as_map(node, values.plain)}
    entries: dict[str, Entry] = {}
    for item in node.items:
        text = values.plain(values.scalar(item, "name:address"))
        name, sign, address = text.text.partition("=" if "=" in text.text else ":")
        if not sign:
            raise values.refused(text, f"{quoted(text.text)} is not of the form name:address.")
        entries[name] = Entry(text._replace(text=name), text._replace(text=address.strip("[]")))
    found = MappingNode(node.source, node.line, node.column, node.width, node.anchored, entries)
    return {"additional_hosts": found}


def _logging(entry: Entry, _: Service) -> Mapping[str, Node]:
    if not isinstance(entry.value, MappingNode):
        raise values.refused(entry.value, "`logging` is a map.")
    names = {"driver": "log_driver", "options": "log_options"}
    for name, part in entry.value.entries.items():
        if name not in names:
            raise values.refused(part.key, f"The key {quoted(name)} of `logging` is not supported here.")
    return {names[name]: part.value for name, part in entry.value.entries.items()}


def _list(node: Node, what: str) -> SequenceNode:
    found = tuple(values.plain(values.scalar(item, "text")) for item in values.items(node, what))
    return SequenceNode(node.source, node.line, node.column, node.width, node.anchored, found)


def _each(key: str, translate: Callable[[Node, Service], Node | None]) -> Translation:
    """Return what a list becomes, each item on its own, so that every mistake in it is found."""

    def all_of(entry: Entry, service: Service) -> Mapping[str, Node]:
        found = []
        for item in values.items(entry.value, key):
            try:
                found.append(translate(item, service))
            except Rejected as rejected:
                service.problems.extend(rejected.problems)
        node, kept = entry.value, tuple(each for each in found if each is not None)
        return {key: SequenceNode(node.source, node.line, node.column, node.width, node.anchored, kept)}

    return all_of


def _port(node: Node, _: Service) -> Node:
    from taskrunner.config.compose_mounts import port

    return port(node)


def _volume(node: Node, service: Service) -> Node:
    from taskrunner.config.compose_mounts import volume

    return volume(node, service.folder)


def _tmpfs(node: Node, _: Service) -> Node:
    from taskrunner.config.compose_mounts import tmpfs

    return tmpfs(node)


def _volumes(entry: Entry, service: Service) -> Mapping[str, Node]:
    """Return mounts of all kinds: ours are one list, and Compose has `tmpfs` beside `volumes`."""
    found = dict(_each("volumes", _volume)(entry, service))
    beside = service.node.entries.get("tmpfs")
    if beside is not None:
        more = _each("volumes", _tmpfs)(beside, service)["volumes"]
        first = found["volumes"]
        if isinstance(first, SequenceNode) and isinstance(more, SequenceNode):
            found["volumes"] = first._replace(items=(*first.items, *more.items))
    return found


def _only_tmpfs(entry: Entry, service: Service) -> Mapping[str, Node]:
    return {} if "volumes" in service.node.entries else _each("volumes", _tmpfs)(entry, service)


KEYS: Final[Mapping[str, Translation]] = {
    "image": _image,
    "build": _build,
    "pull_policy": _pull_policy,
    "command": _command("command"),
    "entrypoint": _command("entrypoint"),
    "environment": _environment,
    "env_file": _each("env_file", _env_file),
    "working_dir": _text("working_directory"),
    "ports": _each("ports", _port),
    "volumes": _volumes,
    "tmpfs": _only_tmpfs,
    "healthcheck": _health_check,
    "depends_on": _depends_on,
    "privileged": _as_it_is("privileged"),
    "init": _as_it_is("enable_init_process"),
    "cap_add": _texts("capabilities_to_add"),
    "cap_drop": _texts("capabilities_to_drop"),
    "devices": _texts("devices"),
    "hostname": lambda entry, _: {"additional_hostnames": _list(entry.value, "names")},
    "extra_hosts": _extra_hosts,
    "labels": _map("labels"),
    "logging": _logging,
    "ulimits": _as_it_is("ulimits"),
    "mem_limit": _text("mem_limit"),
    "cpus": _text("cpus"),
    "platform": _text("platform"),
    "shm_size": _text("shm_size"),
    "stop_grace_period": _text("stop_grace_period"),
}
