"""Building images with the engine's classic builder."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.errors import ApiError, advice
from taskrunner.engine.http import Query
from taskrunner.errors import EngineError

__all__ = ["BuildError", "BuildSpec", "build"]

_STEP = re.compile(r"Step (\d+)/(\d+) ?: (.*)")


class BuildError(EngineError):
    """An image could not be built; `output` is everything that the build printed."""

    def __init__(self, reference: str, message: str, hint: str | None = None, *, output: str) -> None:
        super().__init__(reference, message, hint)
        self.output = output


class BuildSpec(NamedTuple):
    """An image to build."""

    directory: str
    """What the build may copy from."""
    dockerfile: str = "Dockerfile"
    """Relative to the directory, and within it."""
    args: Mapping[str, str] = {}
    target: str | None = None
    """The stage to stop at; the last where None."""
    pull: bool = False
    """Pull base images even if the engine has them."""
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}


def build(
    client: Client,
    spec: BuildSpec,
    *,
    on_step: Callable[[int, int, str], None],
    on_output: Callable[[str], None],
    scope: CancelScope | None,
) -> str:
    """Build an image and return its id.

    `on_step` gets the number of a step, how many there are, and its instruction; `on_output` gets all
    that the build prints, line ends included. Raises BuildError, any other EngineError, and Cancelled,
    upon which the engine ends the build.
    """
    # Most runs build nothing.
    from taskrunner.engine.build_context import send_context
    from taskrunner.engine.credentials import build_header

    headers = {"Content-Type": "application/x-tar", **build_header(client.docker_config)}
    log = _Log(on_step, on_output)
    try:
        with client.stream(
            "POST",
            "/build",
            query=_query(spec),
            headers=headers,
            send=lambda write: send_context(spec.directory, spec.dockerfile, write),
            scope=scope,
        ) as reply:
            for value in reply.values():
                log.note(value)
    except ApiError as error:
        raise BuildError("engine.build-failed", error.message, error.hint, output=log.text) from error
    if log.image_id is None:
        raise BuildError(
            "engine.build-without-image", "The build ended, but the engine names no image.", output=log.text
        )
    return log.image_id


class _Log:
    """Makes sense of what a build reports."""

    def __init__(self, on_step: Callable[[int, int, str], None], on_output: Callable[[str], None]) -> None:
        self._on_step = on_step
        self._on_output = on_output
        self._parts: list[str] = []
        self.image_id: str | None = None

    @property
    def text(self) -> str:
        """Everything that the build printed."""
        return "".join(self._parts)

    def note(self, value: Mapping[str, Any]) -> None:
        """Take a message of the engine's. Raises BuildError where it says that the build failed."""
        if "error" in value:
            message = str(value["error"])
            raise BuildError("engine.build-failed", message, advice(message), output=self.text)
        if "stream" in value:
            self._print(str(value["stream"]))
        elif "aux" in value:
            self.image_id = value["aux"].get("ID", self.image_id)
        elif "status" in value and not value.get("progressDetail"):
            # The pull of a base image; its byte counts would flood the log.
            prefix = f"{value['id']}: " if "id" in value else ""
            self._print(f"{prefix}{value['status']}\n")

    def _print(self, text: str) -> None:
        self._parts.append(text)
        if (step := _STEP.match(text)) is not None:
            self._on_step(int(step[1]), int(step[2]), step[3])
        self._on_output(text)


def _query(spec: BuildSpec) -> Query:
    return [
        ("dockerfile", spec.dockerfile),
        ("buildargs", json.dumps(dict(spec.args))),
        ("labels", json.dumps(dict(spec.labels))),
        ("target", spec.target),
        ("pull", 1 if spec.pull else None),
        ("rm", 1),
        ("forcerm", 1),
        *(("t", tag) for tag in spec.tags),
    ]
