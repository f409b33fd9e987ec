"""Building images with the engine's classic builder."""

import json
import re
from collections.abc import Mapping
from typing import Any

from taskrunner.engine.build_spec import BuildError, BuildNews, BuildSpec
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.errors import ApiError, advice
from taskrunner.engine.http import Query
from taskrunner.engine.progress import PullProgress

__all__ = ["build"]

_STEP = re.compile(r"Step (\d+)/(\d+) ?: (.*)")


def build(client: Client, spec: BuildSpec, news: BuildNews, scope: CancelScope | None) -> str:
    """Build an image and return its id.

    Raises BuildError, any other EngineError, and Cancelled, upon which the engine ends the build.
    """
    # Most runs build nothing.
    from taskrunner.engine.build_context import send_context
    from taskrunner.engine.credentials import build_header

    headers = {"Content-Type": "application/x-tar", **build_header(client.docker_config)}
    log = _Log(news)
    try:
        with client.stream(
            "POST",
            "/build",
            query=_query(spec),
            headers=headers,
            send=lambda write: send_context(spec.directory, spec.dockerfile, write),
            scope=scope,
        ) as reply:
            for value in reply.values(_message):
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

    def __init__(self, news: BuildNews) -> None:
        self._news = news
        self._pull = PullProgress()
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
            self.image_id = value["aux"] or self.image_id
        elif "status" in value:
            self._note_pull(value)

    def _note_pull(self, value: Mapping[str, Any]) -> None:
        if (state := self._pull.note(value)) is not None:
            self._news.download(*state[1:])
        if not value.get("progressDetail"):
            # Byte counts would flood the log.
            prefix = f"{value['id']}: " if "id" in value else ""
            self._print(f"{prefix}{value['status']}\n")

    def _print(self, text: str) -> None:
        self._parts.append(text)
        if (step := _STEP.match(text)) is not None:
            self._news.step(int(step[1]), int(step[2]), step[3].strip(), "")
        self._news.output(text)


def _query(spec: BuildSpec) -> Query:
    return [
        ("dockerfile", spec.dockerfile),
        ("buildargs", json.dumps(dict(spec.args))),
        ("labels", json.dumps(dict(spec.labels))),
        ("target", spec.target),
        ("platform", spec.platform),
        ("pull", 1 if spec.pull else None),
        ("rm", 1),
        ("forcerm", 1),
        *(("t", tag) for tag in spec.tags),
    ]


def _message(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a message of a build, in which `aux` is the image's id, or empty."""
    return {**value, "aux": value["aux"].get("ID")} if "aux" in value else {**value}
