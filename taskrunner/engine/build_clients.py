"""Docker clients on this machine that can build with BuildKit, found by trying them.

A client of version 18.09 to 22 has BuildKit built in; a newer one needs the plugin buildx, which may be
missing. Both kinds may stand on one PATH. The folders of plugins, in the order in which Docker's own
client looks: docker/cli, cli-plugins/manager.
"""

import os
import re
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Final, NamedTuple

from taskrunner.host.files import regular

__all__ = ["BuildClient", "find_build_client"]

_PLUGIN = "docker-buildx"
_PLUGIN_FOLDERS: Final = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
_DOCKER_VERSION = re.compile(r"Docker version (\d+)\.(\d+)")
# `github.com/docker/buildx v0.13.1 788433953af10f2a698f5c07611dddce2e08c7a0`, in packages also `0.13.1`.
_BUILDX_VERSION = re.compile(r"buildx\S* v?(\d+)\.(\d+)")
_BUILT_IN_SINCE: Final = (18, 9)
_PLUGIN_SINCE: Final = (23, 0)
_RAW_JSON_SINCE: Final = (0, 13)
# A probe asks no engine; one that takes longer is broken.
_PATIENCE = 10.0

_found: "dict[tuple[str, str, bool], BuildClient | None]" = {}
_lock = Lock()


class BuildClient(NamedTuple):
    """A program that builds with BuildKit."""

    program: str
    words: tuple[str, ...]
    """What comes between the program, or its general options, and the options of a build."""
    buildx: bool
    """Whether it is buildx, rather than an older client's own builder."""
    raw_json: bool
    """Whether it can tell its progress as JSON."""


def find_build_client(
    docker_config: str, environment: Mapping[str, str], *, plugins: bool = True
) -> BuildClient | None:
    """Return a client that works, or None; each PATH and folder of Docker's config is tried once.

    Without `plugins`, plugins count only with a client that starts them, and takes its general options.
    """
    key = (docker_config, environment.get("PATH", os.defpath), plugins)
    with _lock:
        if key not in _found:
            _found[key] = next(filter(None, _candidates(*key)), None)
        return _found[key]


def _candidates(docker_config: str, path: str, plugins: bool) -> Iterator[BuildClient | None]:  # noqa: FBT001
    if plugins:
        yield from _plugins(docker_config)
    yield from _clients(path)


def _plugins(docker_config: str) -> Iterator[BuildClient | None]:
    for folder in (
        os.path.join(docker_config, "cli-plugins"),
        *_extra_folders(docker_config),
        *_PLUGIN_FOLDERS,
    ):
        path = os.path.join(folder, _PLUGIN)
        if os.access(path, os.X_OK):
            yield _buildx(path, ())


def _extra_folders(docker_config: str) -> tuple[str, ...]:
    import json

    try:
        path = os.path.join(docker_config, "config.json")
        with open(path, encoding="utf-8", opener=regular) as file:
            return tuple(map(str, json.load(file).get("cliPluginsExtraDirs") or ()))
    except (OSError, ValueError, AttributeError, TypeError):
        return ()


def _clients(path: str) -> Iterator[BuildClient | None]:
    tried = set()
    for folder in path.split(os.pathsep):
        program = os.path.join(folder or ".", "docker")
        real = os.path.realpath(program)
        if real not in tried and os.access(program, os.X_OK) and os.path.isfile(program):
            tried.add(real)
            yield _client(program)


def _client(program: str) -> BuildClient | None:
    version = _DOCKER_VERSION.match(_ask(program, "--version"))
    if version is None:
        return None
    number = (int(version[1]), int(version[2]))
    if number >= _PLUGIN_SINCE:
        return _buildx(program, ("buildx",))
    return (
        BuildClient(program, ("build",), buildx=False, raw_json=False) if number >= _BUILT_IN_SINCE else None
    )


def _buildx(program: str, words: tuple[str, ...]) -> BuildClient | None:
    version = _BUILDX_VERSION.search(_ask(program, *words, "version"))
    if version is None:
        return None
    raw_json = (int(version[1]), int(version[2])) >= _RAW_JSON_SINCE
    return BuildClient(program, (*words, "build"), buildx=True, raw_json=raw_json)


def _ask(*command: str) -> str:
    import subprocess

    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.decode(errors="replace") if answer.returncode == 0 else ""
