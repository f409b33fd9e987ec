"""Load the project that a command is about, and reach the engine that it names."""

import os
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from taskrunner.cli.arguments import Common
from taskrunner.usage import Usage

if TYPE_CHECKING:
    from taskrunner.config.model import Project
    from taskrunner.engine.client import Client

__all__ = ["connect", "load_project", "load_variables", "read_project"]


def load_project(common: Common, usage: Usage, *, ask: bool = False) -> "Project":
    """Find and load the config, and let telemetry begin, which the config may forbid.

    `ask` says that a person at a terminal may be asked about it. Raises ConfigError or UserError.
    """
    started = time.monotonic()
    project = read_project(common, fetch=True)
    for warning in usage.begin(project, (started, time.monotonic()), ask=ask):
        print(warning, file=sys.stderr)
    return project


def read_project(common: Common, *, fetch: bool = False) -> "Project":
    """Find and load the config. Raises ConfigError or UserError.

    `fetch` says that git repositories that it includes may be fetched, and a person asked for passwords.
    """
    from taskrunner.config import parse_cache
    from taskrunner.config.discovery import find_config
    from taskrunner.host import state

    path = find_config(common.config_file, os.getcwd())
    folder = os.path.join(state.home(os.environ), "parsed")
    refresh = fetch and common.refresh_includes
    project = None if refresh else parse_cache.find(path, folder)
    if project is None:
        from taskrunner.config.bundles.access import Access
        from taskrunner.config.loader import load

        access = Access(
            environment=os.environ,
            fetch=fetch,
            refresh=refresh,
            terminal=os.isatty(0) and os.isatty(2),
            tell=_nothing if common.output in ("quiet", "json") else _tell,
        )
        project = load(path, access)
        parse_cache.keep(project, lambda: state.ensure_folder(os.environ, "parsed"))
    return project


def _tell(text: str) -> None:
    from taskrunner.output.text import one_line

    print(one_line(text), file=sys.stderr, flush=True)


def _nothing(_: str) -> None:
    pass


def load_variables(
    project: "Project", overrides: Mapping[str, str], file: str | None
) -> Mapping[str, str | None]:
    """Return the values of the config variables. Raises ConfigError or UserError."""
    from taskrunner.config.discovery import find_variables_file
    from taskrunner.config.variables import values

    return values(project, overrides, find_variables_file(file, project.file, os.getcwd()))


def connect(common: Common) -> "Client":
    """Return a client of the engine that the options or the environment name; nothing is sent yet."""
    from taskrunner.engine.client import Client
    from taskrunner.engine.endpoint import TlsOptions, resolve

    environment = dict(os.environ)
    if common.docker_config:
        environment["DOCKER_CONFIG"] = common.docker_config
    tls = TlsOptions(
        common.docker_tls,
        common.docker_tls_verify,
        common.docker_tls_ca_cert,
        common.docker_tls_cert,
        common.docker_tls_key,
        common.docker_cert_path,
    )
    return Client(resolve(common.docker_host, common.docker_context, environment, tls), common.docker_config)
