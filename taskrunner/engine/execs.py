"""Commands that run in a container besides its own."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client, id_of
from taskrunner.engine.http import quote
from taskrunner.engine.streams import Attachment
from taskrunner.records import NamedTuple

__all__ = ["OUTPUT_LIMIT", "ExecResult", "ExecSpec", "create", "exit_code", "run", "start"]

OUTPUT_LIMIT = 64 * 1024
"""How many bytes of a command's output are kept: the last ones."""

# Seconds between two looks at a command whose output has ended.
_FIRST_GLANCE = 0.005
_LONGEST_GLANCE = 0.1


class ExecSpec(NamedTuple):
    """A command to run in a container."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = {}
    """On top of the container's own."""
    working_directory: str | None = None
    """The container's own where None."""
    user: str | None = None
    """The container's own where None."""
    privileged: bool = False
    stdin: bool = False
    """Whether it has an input, which is what is written to it."""


class ExecResult(NamedTuple):
    """How a command went."""

    exit_code: int | None
    """None where it did not end in time."""
    output: str
    """Both streams, as they came; no more than the last OUTPUT_LIMIT bytes."""


def run(  # noqa: PLR0913 - keywords that read well at the call
    client: Client,
    container_id: str,
    spec: ExecSpec,
    *,
    timeout: float | None,
    scope: CancelScope | None,
    on_output: Callable[[bytes], None] | None = None,
) -> ExecResult:
    """Run a command in a running container until it ends, or `timeout` seconds long.

    A command that is left behind goes on: the engine cannot stop one before its container ends.
    A command that cannot be started has exit code 126 or 127 and the reason as its output.
    Raises EngineError, and Cancelled.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    exec_id = create(client, container_id, spec, scope)
    attachment = start(client, exec_id, scope)
    output = bytearray()
    try:
        for _, data in attachment.frames(timeout):
            output += data
            # In strides, so that a flood is not copied with each of its drops.
            if len(output) > 2 * OUTPUT_LIMIT:
                del output[:-OUTPUT_LIMIT]
            if on_output is not None:
                on_output(data)
        code = exit_code(client, exec_id, deadline, scope)
    except TimeoutError:
        code = None
    finally:
        attachment.close()
    return ExecResult(code, bytes(output[-OUTPUT_LIMIT:]).decode(errors="replace"))


def create(client: Client, container_id: str, spec: ExecSpec, scope: CancelScope | None) -> str:
    """Prepare a command in a running container and return its id. Raises EngineError, and Cancelled."""
    body = _to_json(spec)
    return client.json("POST", f"/containers/{quote(container_id)}/exec", id_of, body=body, scope=scope)


def start(client: Client, exec_id: str, scope: CancelScope | None) -> Attachment:
    """Start a command that was prepared, and connect to it. Raises EngineError, and Cancelled."""
    return client.hijack(f"/exec/{quote(exec_id)}/start", body={"Detach": False, "Tty": False}, scope=scope)


def exit_code(client: Client, exec_id: str, deadline: float | None, scope: CancelScope | None) -> int | None:
    """Return how a command ended whose output has ended, or None where it goes on after the deadline."""
    # The end of the output and that of the command are two things to the engine, a moment apart; and a
    # command may close its output long before it ends.
    pause = _FIRST_GLANCE
    while True:
        code = client.json("GET", f"/exec/{quote(exec_id)}/json", _exit_code, scope=scope)
        if code is not None:
            return code
        if deadline is not None and time.monotonic() > deadline:
            return None
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_GLANCE)


def _to_json(spec: ExecSpec) -> dict[str, Any]:
    body: dict[str, Any] = {
        "Cmd": list(spec.command),
        "Env": [f"{name}={value}" for name, value in spec.environment.items()],
        "Privileged": spec.privileged,
        "AttachStdin": spec.stdin,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": False,
    }
    if spec.working_directory is not None:
        body["WorkingDir"] = spec.working_directory
    if spec.user is not None:
        body["User"] = spec.user
    return body


def _exit_code(state: Mapping[str, Any]) -> int | None:
    """Return the exit code once there is one."""
    return None if state["Running"] or state["ExitCode"] is None else int(state["ExitCode"])
