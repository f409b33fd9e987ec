"""Building images: with BuildKit where that is wanted and can be had, else with the classic builder."""

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from taskrunner.engine.build_spec import BuildError, BuildNews, BuildSpec
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.transfers import PAUSES, TIRED, broke_off
from taskrunner.host.files import regular

if TYPE_CHECKING:
    from taskrunner.engine.build_clients import BuildClient

__all__ = ["Builder", "choose", "needs_buildkit"]

Build: TypeAlias = Callable[[Client, BuildSpec, BuildNews, CancelScope | None], str]

# What only BuildKit understands, in a line of a Dockerfile.
_MODERN: Final = re.compile(
    rb"^\s*(?:RUN\s+--(?:mount|network|security)\b|(?:COPY|ADD)\s+(?:\S+\s+)*?--(?:link|chmod)\b"
    rb"|(?:RUN|COPY)\b[^\n]*<<-?[\"']?\w)",
    re.MULTILINE | re.IGNORECASE,
)


class Builder(NamedTuple):
    """What builds an image; made by `choose`."""

    name: str
    """`buildkit` or `classic`."""
    build: Build


def choose(client: Client, spec: BuildSpec, *, wanted: bool | None) -> Builder:
    """Return what builds an image.

    `wanted` is the person's choice of BuildKit. None leaves it to the build, where that needs BuildKit,
    and else to the engine, which prefers it from version 23 on. Where no client on this machine can use
    BuildKit, the classic builder has to do. Raises BuildError where it cannot: for secrets and SSH.
    """
    strictly = bool(spec.secrets or spec.ssh)
    if wanted is False and not strictly:
        return _CLASSIC
    if not (wanted or strictly or client.ping().builder_version == "2" or needs_buildkit(spec)):
        return _CLASSIC
    program = _build_client(client)
    if program is not None:
        return Builder("buildkit", _insistent(_with_buildkit(program)))
    if strictly:
        raise BuildError(
            "engine.buildkit-missing",
            "The build uses secrets or SSH agents, which needs BuildKit, and nothing here can use it.",
            "Install Docker's plugin buildx: `docker buildx version` shows whether it is there."
            if client.is_docker
            else "Use a Docker Engine for it.",
            output="",
        )
    return _CLASSIC


def _build_client(client: Client) -> "BuildClient | None":
    if not client.is_docker:
        return None
    from taskrunner.engine.build_clients import find_build_client
    from taskrunner.engine.docker_cli import docker_cli

    cli = docker_cli(client.endpoint, client.docker_config, os.environ)
    return find_build_client(client.docker_config, cli.environment, plugins=not cli.arguments)


def needs_buildkit(spec: BuildSpec) -> bool:
    """Return whether the Dockerfile has something that the classic builder refuses."""
    try:
        with open(os.path.join(spec.directory, spec.dockerfile), "rb", opener=regular) as file:
            return _MODERN.search(file.read()) is not None
    except OSError:
        return False


def _insistent(build: Build) -> Build:
    """Return a way to build that goes on where it stood if the transfer of a base image breaks off."""

    def insist(client: Client, spec: BuildSpec, news: BuildNews, scope: CancelScope | None) -> str:
        for pause in PAUSES:
            try:
                return build(client, spec, news, scope)
            except BuildError as error:
                if not broke_off(error.message):
                    raise
                news.output(f"Trying again: {error.message}\n")
            (scope or CancelScope()).wait(pause)
        try:
            return build(client, spec, news, scope)
        except BuildError as error:
            if broke_off(error.message):
                error.hint = TIRED
            raise

    return insist


def _with_buildkit(program: "BuildClient") -> Build:
    def build(client: Client, spec: BuildSpec, news: BuildNews, scope: CancelScope | None) -> str:
        from taskrunner.engine import buildkit

        return buildkit.build(client, program, spec, news, scope)

    return build


def _classic(client: Client, spec: BuildSpec, news: BuildNews, scope: CancelScope | None) -> str:
    from taskrunner.engine import classic_builds

    return classic_builds.build(client, spec, news, scope)


_CLASSIC: Final = Builder("classic", _insistent(_classic))
