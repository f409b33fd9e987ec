"""What is looked at: a machine, its engine, and the project around us, each as far as it can be had."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from taskrunner.config.model import Project
from taskrunner.engine.client import Client, Ping
from taskrunner.engine.images import Image
from taskrunner.engine.images import inspect as inspect_image
from taskrunner.errors import EngineError, TaskrunnerError

__all__ = ["Engine", "Subject", "look_at_engine"]


class Engine(NamedTuple):
    """An engine that answers."""

    client: Client
    ping: Ping
    info: Mapping[str, Any]
    """What `GET /info` of its API says."""

    @property
    def is_local(self) -> bool:
        """Whether it listens on a socket of this machine, and so most likely has this machine's files."""
        return self.client.endpoint.is_local

    @property
    def is_rootless(self) -> bool:
        """Whether it runs as an ordinary user."""
        return any("rootless" in option for option in self.info.get("SecurityOptions") or ())

    def image(self, reference: str) -> Image | None:
        """Return an image that the engine has, or None. Raises EngineError."""
        return inspect_image(self.client, reference)


class Subject(NamedTuple):
    """Everything that checks look at; they change nothing of it."""

    environment: Mapping[str, str]
    folder: str
    """The current folder."""
    project: Project | None
    no_project: TaskrunnerError | None
    """Why there is no project."""
    engine: Engine | None
    no_engine: TaskrunnerError | None
    """Why there is no engine."""
    docker_context: str | None = None
    """The context that an option names."""
    docker_host: str | None = None
    """The address that an option names."""
    docker_config: str | None = None
    """The folder of Docker's config that an option names."""
    telemetry: str = ""
    """Its state, in a sentence or two."""

    @property
    def root(self) -> str:
        """The project's folder, or the current one where there is no project."""
        return self.project.directory if self.project is not None else self.folder

    def shown(self, path: str) -> str:
        """Return a path as a person would write it here."""
        relative = os.path.relpath(path, self.folder)
        return relative if len(relative) < len(path) else path

    @staticmethod
    def counted(number: int, noun: str) -> str:
        """Return a number with its noun, such as `1 task` or `2 tasks`."""
        return f"{number} {noun}{'' if number == 1 else 's'}"


def look_at_engine(client: Client) -> Engine:
    """Return an engine with what it says about itself. Raises EngineError."""
    ping = client.ping()
    try:
        info = client.json("GET", "/info", dict[str, Any])
    except EngineError:
        info = {}  # a proxy in front of it may forbid the call; what a run needs is allowed
    return Engine(client, ping, info)
