"""Credentials of registries, from Docker's config and its helpers.

Reading them is left to docker-py, which costs 100 ms of import: it is loaded only where there are any.
"""

import base64
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from taskrunner.errors import EngineError

if TYPE_CHECKING:
    from docker.auth import AuthConfig

__all__ = ["build_header", "pull_header"]

_SECTIONS = ("auths", "credHelpers", "credsStore")


def pull_header(docker_config: str, name: str) -> Mapping[str, str]:
    """Return the header with the credentials for an image's registry; none where there are none.

    A helper that fails is passed over, as Docker's own client does: the registry may not need it.
    """
    config = _load(docker_config)
    if config is None:
        return {}
    from docker.auth import resolve_repository_name
    from docker.errors import DockerException

    try:
        registry, _ = resolve_repository_name(name)
        found = config.resolve_authconfig(registry)
    except DockerException:
        return {}
    return {"X-Registry-Auth": _encode(found)} if found else {}


def build_header(docker_config: str) -> Mapping[str, str]:
    """Return the header with all credentials, for a build may pull from anywhere."""
    config = _load(docker_config)
    if config is None:
        return {}
    from docker.credentials.errors import StoreError
    from docker.errors import DockerException

    try:
        found = config.get_all_credentials()  # type: ignore[no-untyped-call]
    except (DockerException, StoreError):
        found = dict(config.auths)
    known = {registry: entry for registry, entry in found.items() if entry}
    return {"X-Registry-Config": _encode(known)} if known else {}


def _load(docker_config: str) -> "AuthConfig | None":
    path = os.path.join(docker_config, "config.json")
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not isinstance(content, dict) or not any(content.get(section) for section in _SECTIONS):
        return None
    from docker.auth import AuthConfig
    from docker.errors import DockerException

    try:
        return AuthConfig.load_config(None, _with_helpers_at_hand(content))
    except (DockerException, ValueError, TypeError) as error:
        raise _unreadable(path, error) from error


def _with_helpers_at_hand(content: dict[str, Any]) -> dict[str, Any]:
    # docker-py would print a warning for each helper that the config names and the machine lacks.
    from shutil import which

    def is_at_hand(store: object) -> bool:
        return which(f"docker-credential-{store}") is not None

    helpers = content.get("credHelpers") or {}
    return {
        "auths": content.get("auths") or {},
        "credHelpers": {registry: store for registry, store in helpers.items() if is_at_hand(store)},
        "credsStore": store if is_at_hand(store := content.get("credsStore")) else None,
    }


def _unreadable(path: str, error: Exception) -> EngineError:
    return EngineError(
        "engine.docker-config",
        f"The credentials in Docker's config file {path} cannot be read: {error}.",
        "`docker logout` and `docker login` write them anew.",
    )


def _encode(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
