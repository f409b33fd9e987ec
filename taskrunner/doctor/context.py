"""The Docker context and Docker's own config: what decides which engine it is, and whether that is sound."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject
from taskrunner.engine.endpoint import config_folder
from taskrunner.host.files import regular

__all__ = ["check"]


def check(subject: Subject) -> Iterator[Finding]:
    """Look at what names the engine, and at the config with the credentials of registries."""
    folder = subject.docker_config or config_folder(subject.environment)
    path = os.path.join(folder, "config.json")
    config = _read(path)
    if isinstance(config, str):
        yield Finding(
            "context.config-broken",
            "broken",
            f"Docker's config {path} cannot be read: {config}.",
            "Correct it, or move it away and log in to your registries again.",
        )
        return
    yield Finding("context.chosen", "ok", _chosen(subject, config))
    current = config.get("currentContext")
    host = subject.environment.get("DOCKER_HOST")
    if current not in (None, "", "default") and host and not (subject.docker_host or subject.docker_context):
        yield Finding(
            "context.overruled",
            "note",
            f"DOCKER_HOST ({host}) overrules the Docker context '{current}'.",
            "Unset DOCKER_HOST if the context is meant.",
        )
    yield from _helpers(config, path)


def _chosen(subject: Subject, config: Mapping[str, Any]) -> str:
    environment = subject.environment
    if subject.docker_host:
        return "--docker-host names the engine."
    if subject.docker_context:
        return f"--docker-context names the engine: '{subject.docker_context}'."
    if environment.get("DOCKER_HOST"):
        return f"DOCKER_HOST names the engine: {environment['DOCKER_HOST']}."
    if environment.get("DOCKER_CONTEXT"):
        return f"DOCKER_CONTEXT names the engine: '{environment['DOCKER_CONTEXT']}'."
    current = config.get("currentContext") or "default"
    return f"The Docker context '{current}' names the engine."


def _helpers(config: Mapping[str, Any], path: str) -> Iterator[Finding]:
    names = [config.get("credsStore"), *(config.get("credHelpers") or {}).values()]
    for name in dict.fromkeys(filter(None, names)):
        program = f"docker-credential-{name}"
        if shutil.which(program) is None:
            yield Finding(
                "context.helper-missing",
                "warning",
                f"{path} names the credential helper {program}, which is not on the PATH.",
                "Install it, or remove it from the file: pulls from its registries fail without it.",
            )


def _read(path: str) -> dict[str, Any] | str:
    """Return Docker's config, or why it cannot be read; none is an empty one."""
    try:
        with open(path, encoding="utf-8", opener=regular) as file:
            value = json.load(file)
    except FileNotFoundError:
        return {}
    except OSError as error:
        return error.strerror or str(error)
    except ValueError as error:
        return f"it is not JSON ({error})"
    return value if isinstance(value, dict) else "it holds no object"
