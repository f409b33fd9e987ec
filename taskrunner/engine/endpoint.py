"""Which engine to talk to, and how its address is written."""

import json
import os
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from taskrunner.errors import EngineError, UserError

__all__ = ["DEFAULT_ADDRESS", "Endpoint", "config_folder", "resolve"]

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
_PLAIN_TCP_PORT = 2375
_DEFAULT_CONTEXT = "default"


class Endpoint(NamedTuple):
    """Where an engine listens."""

    kind: Literal["unix", "tcp"]
    path: str
    """Of the socket; empty for tcp."""
    host: str
    """Empty for unix."""
    port: int
    text: str
    """The address as it was given."""


def resolve(host: str | None, context: str | None, environment: Mapping[str, str]) -> Endpoint:
    """Return where the engine is, by the rules of Docker's own client.

    The first that is set wins: `host` (--docker-host), `context` (--docker-context), DOCKER_HOST,
    DOCKER_CONTEXT, the current context of Docker's config, and last the usual socket. Addresses are
    `unix:///path` and `tcp://host[:port]`. Raises UserError for a context or an address that is no
    such thing, and EngineError for one that exists but is not supported.
    """
    if host:
        return _endpoint(host, environment)
    chosen = context or _chosen_context(environment)
    if chosen == _DEFAULT_CONTEXT:
        return _endpoint(environment.get("DOCKER_HOST") or DEFAULT_ADDRESS, environment)
    return _context_endpoint(chosen, config_folder(environment))


def config_folder(environment: Mapping[str, str]) -> str:
    """Return where Docker's client keeps its config."""
    home = environment.get("HOME") or os.path.expanduser("~")
    return environment.get("DOCKER_CONFIG") or os.path.join(home, ".docker")


def _chosen_context(environment: Mapping[str, str]) -> str:
    if environment.get("DOCKER_HOST"):
        return _DEFAULT_CONTEXT
    if environment.get("DOCKER_CONTEXT"):
        return environment["DOCKER_CONTEXT"]
    config = _read_json(os.path.join(config_folder(environment), "config.json")) or {}
    return str(config.get("currentContext") or _DEFAULT_CONTEXT)


def _context_endpoint(name: str, folder: str) -> Endpoint:
    import hashlib

    # The context store's layout: docker/cli, cli/context/store.
    key = hashlib.sha256(name.encode()).hexdigest()
    store = os.path.join(folder, "contexts")
    meta = _read_json(os.path.join(store, "meta", key, "meta.json"))
    if meta is None:
        raise UserError(
            "engine.unknown-context",
            f"There is no Docker context '{name}' in {store}.",
            f"Those that exist: {', '.join(['default', *_known_contexts(store)])}.",
        )
    address = meta.get("Endpoints", {}).get("docker", {}).get("Host") or ""
    if os.path.isdir(os.path.join(store, "tls", key)):
        raise _unsupported(f"the Docker context '{name}'", "connections with TLS are")
    return _parse(address)


def _known_contexts(store: str) -> list[str]:
    try:
        keys = os.listdir(os.path.join(store, "meta"))
    except OSError:
        return []
    metas = (_read_json(os.path.join(store, "meta", key, "meta.json")) for key in keys)
    return sorted(str(meta["Name"]) for meta in metas if meta is not None and "Name" in meta)


def _endpoint(address: str, environment: Mapping[str, str]) -> Endpoint:
    endpoint = _parse(address)
    # Only these switch TLS on in Docker's own client; DOCKER_CERT_PATH alone does not.
    for variable in ("DOCKER_TLS_VERIFY", "DOCKER_TLS"):
        if endpoint.kind == "tcp" and environment.get(variable):
            raise _unsupported(f"{address} with {variable}", "connections with TLS are")
    return endpoint


def _parse(address: str) -> Endpoint:
    scheme, separator, rest = address.partition("://")
    if not separator or not rest:
        raise _malformed(address)
    if scheme == "unix":
        return Endpoint("unix", rest, "", 0, address)
    if scheme == "tcp":
        host, port = _host_and_port(rest.rstrip("/"), address)
        return Endpoint("tcp", "", host, port, address)
    raise _unsupported(address, f"{scheme}:// addresses are")


def _host_and_port(text: str, address: str) -> tuple[str, int]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
    else:
        host, colon, port = text.partition(":")
        rest = colon + port
    digits = rest.removeprefix(":") if rest else str(_PLAIN_TCP_PORT)
    if not host or not digits.isdecimal() or not 0 < int(digits) < 65536:
        raise _malformed(address)
    return host, int(digits)


def _malformed(address: str) -> UserError:
    return UserError(
        "engine.bad-address",
        f"'{address}' is not the address of a Docker Engine.",
        "Addresses look like unix:///var/run/docker.sock or tcp://localhost:2375.",
    )


def _unsupported(what: str, plural: str) -> EngineError:
    return EngineError(
        "engine.unsupported-endpoint",
        f"The engine at {what} cannot be used: {plural} not supported yet.",
        "Supported are unix:///path and tcp://host:port. A remote engine can be reached through a "
        "forwarded socket: `ssh -N -L /tmp/docker.sock:/var/run/docker.sock HOST`.",
    )


def _read_json(path: str) -> dict[str, Any] | None:
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise EngineError(
            "engine.docker-config", f"Docker's config file {path} cannot be read: {error}."
        ) from error
    return value if isinstance(value, dict) else {}
