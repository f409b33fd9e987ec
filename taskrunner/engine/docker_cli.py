"""How Docker's own client is started, so that it talks to the same engine as we do."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from taskrunner.engine.endpoint import Endpoint, Tls

__all__ = ["DockerCli", "docker_cli"]

_VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


class DockerCli(NamedTuple):
    """What leads Docker's client to an engine."""

    arguments: tuple[str, ...]
    """Go between `docker` and its verb."""
    environment: Mapping[str, str]
    """The whole of it; enough by itself for a plugin that is started directly, unless `arguments` has any."""


def docker_cli(endpoint: Endpoint, docker_config: str, environment: Mapping[str, str]) -> DockerCli:
    """Return how to start Docker's client for an engine, given the person's own environment.

    `docker_config` is the folder of its config, where its credentials and plugins are.
    """
    ours = {name: value for name, value in environment.items() if name not in _VARIABLES}
    ours["DOCKER_CONFIG"] = docker_config
    if endpoint.context:
        # By its name: a builder of buildx belongs to a context.
        ours["DOCKER_CONTEXT"] = endpoint.context
        return DockerCli((), ours)
    ours["DOCKER_HOST"] = endpoint.text
    return DockerCli(_tls_arguments(endpoint.tls, ours), ours)


def _tls_arguments(tls: Tls | None, ours: dict[str, str]) -> tuple[str, ...]:
    """Return the arguments for TLS; none where variables can say it all, which are then set."""
    if tls is None:
        return ()
    ours["DOCKER_TLS_VERIFY" if tls.verify else "DOCKER_TLS"] = "1"
    named = {"ca.pem": tls.ca, "cert.pem": tls.certificate, "key.pem": tls.key}
    files = {name: path for name, path in named.items() if path is not None}
    folders = {os.path.dirname(path) for path in files.values()}
    if len(folders) == 1 and all(os.path.basename(path) == name for name, path in files.items()):
        ours["DOCKER_CERT_PATH"] = folders.pop()
        return ()
    options = {"ca.pem": "--tlscacert", "cert.pem": "--tlscert", "key.pem": "--tlskey"}
    return tuple(word for name, path in files.items() for word in (options[name], path))
