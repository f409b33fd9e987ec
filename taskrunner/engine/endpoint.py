"""Which engine to talk to, and how its address is written."""

import json
import os
from collections.abc import Mapping
from typing import Any, Literal

from taskrunner.errors import EngineError, UserError
from taskrunner.host.files import regular
from taskrunner.records import NamedTuple

__all__ = ["DEFAULT_ADDRESS", "Endpoint", "Tls", "TlsOptions", "config_folder", "resolve"]

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
_PLAIN_PORT = 2375
_TLS_PORT = 2376
_DEFAULT_CONTEXT = "default"
_CA, _CERTIFICATE, _KEY = "ca.pem", "cert.pem", "key.pem"


class Tls(NamedTuple):
    """How a connection is encrypted; files in PEM form."""

    verify: bool
    """Whether the engine has to prove who it is."""
    ca: str | None = None
    """The authorities that are believed; those of the system where None."""
    certificate: str | None = None
    """Ours, with the key below; the engine is shown none where None."""
    key: str | None = None


class TlsOptions(NamedTuple):
    """What the command line says about TLS."""

    on: bool = False
    """Encrypt, whoever answers."""
    verify: bool = False
    """Encrypt, and talk to nobody but the engine that is meant."""
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    folder: str | None = None
    """Of the files that are not named one by one."""


class Endpoint(NamedTuple):
    """Where an engine listens."""

    kind: Literal["unix", "tcp", "ssh"]
    path: str
    """Of the socket; empty for tcp, and for ssh where the other side's own settings decide."""
    host: str
    """Empty for unix."""
    port: int
    """0 for unix, and for ssh where its own configuration decides."""
    text: str
    """The address as it was given."""
    user: str = ""
    """To log in as with ssh; empty where its own configuration decides."""
    tls: Tls | None = None
    """None for a connection in the clear."""
    context: str = ""
    """The Docker context that it comes from; empty where it comes from an address."""

    @property
    def is_local(self) -> bool:
        """Whether it is a socket of this machine."""
        return self.kind == "unix"


_NO_OPTIONS = TlsOptions()


def resolve(
    host: str | None, context: str | None, environment: Mapping[str, str], tls: TlsOptions = _NO_OPTIONS
) -> Endpoint:
    """Return where the engine is, by the rules of Docker's own client.

    The first that is set wins: `host` (--docker-host), `context` (--docker-context), DOCKER_HOST,
    DOCKER_CONTEXT, the current context of Docker's config, the usual socket, and where there is none,
    the sockets of other engines at their usual places. Addresses are `unix:///path`,
    `tcp://host[:port]` and `ssh://[user@]host[:port][/path]`. Raises UserError for a context, an address
    or a file that is no such thing, and EngineError for an address that is not supported.
    """
    if host:
        return _endpoint(host, environment, tls)
    chosen = context or _chosen_context(environment)
    if chosen and chosen != _DEFAULT_CONTEXT:
        return _context_endpoint(chosen, config_folder(environment), tls)
    if environment.get("DOCKER_HOST"):
        return _endpoint(environment["DOCKER_HOST"], environment, tls)
    return _endpoint(DEFAULT_ADDRESS if chosen else _usual_address(environment), environment, tls)


def config_folder(environment: Mapping[str, str]) -> str:
    """Return where Docker's client keeps its config."""
    home = environment.get("HOME") or os.path.expanduser("~")
    return environment.get("DOCKER_CONFIG") or os.path.join(home, ".docker")


def _chosen_context(environment: Mapping[str, str]) -> str:
    """Return the context that was chosen, or nothing where nobody chose one."""
    if environment.get("DOCKER_HOST"):
        return _DEFAULT_CONTEXT
    if environment.get("DOCKER_CONTEXT"):
        return environment["DOCKER_CONTEXT"]
    config = _read_json(os.path.join(config_folder(environment), "config.json")) or {}
    return str(config.get("currentContext") or "")


def _usual_address(environment: Mapping[str, str]) -> str:
    if os.path.exists(DEFAULT_ADDRESS.removeprefix("unix://")):
        return DEFAULT_ADDRESS
    from taskrunner.engine.places import find_socket

    path = find_socket(environment)
    return f"unix://{path}" if path else DEFAULT_ADDRESS


def _context_endpoint(name: str, folder: str, options: TlsOptions) -> Endpoint:
    import hashlib

    if options != _NO_OPTIONS:
        raise UserError(
            "engine.tls-and-context",
            f"Options for TLS are given, and the engine is that of the Docker context '{name}'.",
            "A context has certificates of its own: leave the options out, or use --docker-host.",
        )
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
    settings = meta.get("Endpoints", {}).get("docker", {})
    files = os.path.join(store, "tls", key, "docker")
    tls = None
    if os.path.isdir(files) or settings.get("SkipTLSVerify"):
        verify = not settings.get("SkipTLSVerify")
        tls = Tls(verify, *(_existing(files, name) for name in (_CA, _CERTIFICATE, _KEY)))
    return _parse(settings.get("Host") or "", tls)._replace(context=name)


def _known_contexts(store: str) -> list[str]:
    try:
        keys = os.listdir(os.path.join(store, "meta"))
    except OSError:
        return []
    metas = (_read_json(os.path.join(store, "meta", key, "meta.json")) for key in keys)
    return sorted(str(meta["Name"]) for meta in metas if meta is not None and "Name" in meta)


def _endpoint(address: str, environment: Mapping[str, str], options: TlsOptions) -> Endpoint:
    # As for Docker's own client, any value switches TLS on; DOCKER_CERT_PATH alone does not.
    verify = options.verify or bool(environment.get("DOCKER_TLS_VERIFY"))
    on = verify or options.on or bool(environment.get("DOCKER_TLS"))
    if not on or not address.startswith("tcp://"):
        return _parse(address, None)
    named = options.folder or environment.get("DOCKER_CERT_PATH")
    if named and not os.path.isdir(named):
        raise UserError(
            "engine.tls-files",
            f"The folder of certificates for the engine, {named}, does not exist.",
            "--docker-cert-path or DOCKER_CERT_PATH names it; in it are ca.pem, cert.pem and key.pem.",
        )
    folder = named or config_folder(environment)
    tls = Tls(
        verify,
        options.ca or _existing(folder, _CA),
        options.certificate or _existing(folder, _CERTIFICATE),
        options.key or _existing(folder, _KEY),
    )
    return _parse(address, tls)


def _existing(folder: str, name: str) -> str | None:
    """Return a file's path if it is there: those that are not named one by one may be missing."""
    path = os.path.join(folder, name)
    return path if os.path.exists(path) else None


def _parse(address: str, tls: Tls | None) -> Endpoint:
    scheme, separator, rest = address.partition("://")
    if not separator or not rest:
        raise _malformed(address)
    if scheme == "unix":
        return Endpoint("unix", rest, "", 0, address)
    if scheme == "tcp":
        usual = _TLS_PORT if tls is not None else _PLAIN_PORT
        host, port = _host_and_port(rest.rstrip("/"), address, usual)
        return Endpoint("tcp", "", host, port, address, tls=tls)
    if scheme == "ssh":
        return _parse_ssh(rest, address)
    raise EngineError(
        "engine.unsupported-endpoint",
        f"The engine at {address} cannot be used: {scheme}:// addresses are not supported.",
        "Supported are unix:///path, tcp://host:port and ssh://user@host.",
    )


def _parse_ssh(rest: str, address: str) -> Endpoint:
    place, slash, path = rest.partition("/")
    user, _, machine = place.rpartition("@")
    if ":" in user:
        raise UserError(
            "engine.bad-address",
            "The address of the engine holds a password.",
            "Leave it out: ssh asks for it, or better, uses a key.",
        )
    host, port = _host_and_port(machine, address, 0)
    return Endpoint("ssh", slash + path if path else "", host, port, address, user)


def _host_and_port(text: str, address: str, usual: int) -> tuple[str, int]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
    else:
        host, colon, port = text.partition(":")
        rest = colon + port
    if host and not rest:
        return host, usual
    digits = rest.removeprefix(":")
    if not host or not digits.isdecimal() or not 0 < int(digits) < 65536:
        raise _malformed(address)
    return host, int(digits)


def _malformed(address: str) -> UserError:
    return UserError(
        "engine.bad-address",
        f"'{address}' is not the address of a Docker Engine.",
        "Addresses look like unix:///var/run/docker.sock, tcp://localhost:2375 or ssh://me@host.",
    )


def _read_json(path: str) -> dict[str, Any] | None:
    try:
        with open(path, encoding="utf-8", opener=regular) as file:
            value = json.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise EngineError(
            "engine.docker-config", f"Docker's config file {path} cannot be read: {error}."
        ) from error
    return value if isinstance(value, dict) else {}
