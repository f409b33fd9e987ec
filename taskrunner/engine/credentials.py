"""Credentials of registries, from Docker's config and its helpers.

Reading them is left to docker-py, which costs 100 ms of import: it is loaded only where there are any.
"""

import base64
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from taskrunner.errors import EngineError
from taskrunner.host.files import regular

if TYPE_CHECKING:
    from docker.auth import AuthConfig

__all__ = ["build_header", "login_advice", "pull_header"]

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


def login_advice(docker_config: str, name: str, *, sent: bool) -> str:
    """Return what to do where a registry refuses an image.

    `sent` says whether credentials were sent. Raises EngineError where Docker's config cannot be read.
    """
    from docker.auth import INDEX_NAME, resolve_repository_name
    from docker.errors import DockerException

    try:
        registry, _ = resolve_repository_name(name)
    except DockerException:
        return "Check the image's name."
    login = "docker login" if registry == INDEX_NAME else f"docker login {registry}"
    if sent:
        return (
            f"The registry does not accept the credentials that are stored for it: `{login}` stores others."
        )
    helper = _helper(docker_config, registry)
    if helper is None:
        return f"Check the image's name. If it is private, run `{login}` first."
    return f"{_state_of(helper, registry)} `{login}` stores credentials."


def _helper(docker_config: str, registry: str) -> str | None:
    content = _content(docker_config) or {}
    helpers = content.get("credHelpers") or {}
    named = helpers.get(registry) or content.get("credsStore")
    return f"docker-credential-{named}" if named else None


def _state_of(helper: str, registry: str) -> str:
    """Return what became of asking a credential helper."""
    from shutil import which

    from docker.credentials import CredentialsNotFound, Store, StoreError

    if which(helper) is None:
        return f"Docker's config names the credential helper {helper}, which is not on the PATH."
    try:
        Store(helper.removeprefix("docker-credential-")).get(registry)  # type: ignore[no-untyped-call]
    except CredentialsNotFound:
        return f"The credential helper {helper} has nothing for it."
    except StoreError as error:
        return f"The credential helper {helper} failed: {' '.join(str(error).split())}."
    return f"The credential helper {helper} has something for it now: try again."


def _load(docker_config: str) -> "AuthConfig | None":
    content = _content(docker_config)
    if content is None or not any(content.get(section) for section in _SECTIONS):
        return None
    from docker.auth import AuthConfig
    from docker.errors import DockerException

    try:
        return AuthConfig.load_config(None, _with_helpers_at_hand(content))
    except (DockerException, ValueError, TypeError) as error:
        raise _unreadable(_path(docker_config), error) from error


def _content(docker_config: str) -> dict[str, Any] | None:
    try:
        with open(_path(docker_config), encoding="utf-8", opener=regular) as file:
            content = json.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(_path(docker_config), error) from error
    return content if isinstance(content, dict) else None


def _path(docker_config: str) -> str:
    return os.path.join(docker_config, "config.json")


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
