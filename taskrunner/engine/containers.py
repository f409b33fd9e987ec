"""Containers: create, attach, start, stop, remove, look at."""

import json
import math
import time
from collections.abc import Mapping
from typing import Any

from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import PATIENT, Client, id_of
from taskrunner.engine.errors import ApiError
from taskrunner.engine.http import quote
from taskrunner.engine.spec import ContainerSpec, to_json
from taskrunner.engine.streams import Attachment, Demultiplexer
from taskrunner.errors import EngineError
from taskrunner.records import NamedTuple

__all__ = [
    "Attachment",
    "Found",
    "attach",
    "create",
    "find",
    "find_by_volume",
    "get_archive",
    "inspect",
    "kill",
    "label_filter",
    "mode_of",
    "put_archive",
    "remove",
    "resize",
    "start",
    "stop",
    "tail",
]

# How long another's removal of the same container may take, and how often we look.
_REMOVAL_PATIENCE = 30.0
_REMOVAL_GLANCE = 0.05
_TAIL_TIMEOUT = 10.0
_NO_DETACH_KEYS = "ctrl-@,ctrl-^,ctrl-_,ctrl-],ctrl-@,ctrl-^"


class Found(NamedTuple):
    """A container in a list."""

    id: str
    name: str
    labels: Mapping[str, str]
    state: str
    """Such as `created`, `running` or `exited`."""
    created: float
    """Seconds since 1970."""


class State(NamedTuple):
    """How a container is doing."""

    status: str
    """Such as `created`, `running` or `exited`."""
    running: bool
    pid: int
    """Of its first process, on the engine's machine; 0 unless it runs."""
    exit_code: int
    """0 unless it has ended."""


class Addresses(NamedTuple):
    """Where a port of a container can be reached."""

    own: tuple[str, ...]
    """Addresses of the container in its networks."""
    published: tuple[int, ...]
    """Ports of the engine's machine that lead to it."""


def create(client: Client, name: str, spec: ContainerSpec) -> str:
    """Create a container and return its id."""
    body = to_json(spec, is_docker=client.is_docker)
    query = {"name": name, "platform": spec.platform}
    return client.json("POST", "/containers/create", id_of, query=query, body=body, timeout=PATIENT)


def start(client: Client, container_id: str) -> None:
    """Start a container."""
    client.request("POST", f"{_path(container_id)}/start", timeout=PATIENT)


def attach(
    client: Client, container_id: str, *, stdin: bool, scope: CancelScope | None, terminal: bool = False
) -> Attachment:
    """Connect to a container's output, and to its input if `stdin`.

    Before its start: what a container printed earlier is not repeated. `terminal` says that it has one.
    """
    query: dict[str, str | int | None] = {"stream": 1, "stdin": int(stdin), "stdout": 1, "stderr": 1}
    if terminal:
        # The engine holds back the first of its detach keys until it has seen the next one. Its default
        # begins with Ctrl-P, which shells use; nobody types this.
        query["detachKeys"] = _NO_DETACH_KEYS
    return client.hijack(
        f"{_path(container_id)}/attach", query=query, scope=scope, multiplexed=False if terminal else None
    )


def resize(client: Client, container_id: str, rows: int, columns: int) -> None:
    """Tell a running container's terminal its size."""
    client.request("POST", f"{_path(container_id)}/resize", query={"h": rows, "w": columns})


def kill(client: Client, container_id: str, signal: str = "SIGKILL") -> None:
    """Send a signal to a container's first process; one that does not run any more is fine."""
    try:
        client.request(
            "POST",
            f"{_path(container_id)}/kill",
            query={"signal": signal},
            timeout=PATIENT,
            # Of other signals, a process may count how many come.
            repeatable=signal == "SIGKILL",
        )
    except ApiError as error:
        if not error.is_gone and not (error.status == 409 and "not running" in error.message):
            raise


def stop(client: Client, container_id: str, seconds: float, scope: CancelScope | None = None) -> None:
    """Ask a container to end, and kill it after `seconds`, which the engine counts whole.

    One that does not run any more is fine. Raises Cancelled, after which the engine goes on stopping it.
    """
    grace = math.ceil(seconds)
    try:
        client.request(
            "POST",
            f"{_path(container_id)}/stop",
            query={"t": grace},
            timeout=grace + PATIENT,
            scope=scope,
            repeatable=True,
        )
    except ApiError as error:
        if not error.is_gone:
            raise


def remove(client: Client, container_id: str) -> None:
    """Remove a container and its anonymous volumes, killing it if it runs; one that is gone is fine.

    Where somebody else is removing it, returns once it is gone.
    """
    try:
        client.request("DELETE", _path(container_id), query={"force": 1, "v": 1}, timeout=PATIENT)
    except ApiError as error:
        if error.status == 409 and "already in progress" in error.message:
            _await_removal(client, container_id)
        elif not error.is_gone:
            raise


def inspect(client: Client, container_id: str) -> State:
    """Return how a container is doing."""
    return client.json("GET", f"{_path(container_id)}/json", _state)


def addresses(client: Client, container_id: str, port: int) -> Addresses:
    """Return where a TCP port of a container can be reached."""
    return client.json("GET", f"{_path(container_id)}/json", lambda told: _addresses(told, port))


def tail(client: Client, container_id: str, lines: int) -> str:
    """Return the last lines of a container's output, both streams; empty where they cannot be had.

    Not every log driver can be read. The text serves to explain a failure, so it never adds one.
    """
    query = {"stdout": 1, "stderr": 1, "tail": lines}
    try:
        answer = client.request("GET", f"{_path(container_id)}/logs", query=query, timeout=_TAIL_TIMEOUT)
        frames = Demultiplexer().feed(memoryview(answer.body))
    except EngineError:
        return ""
    return b"".join(data for _, data in frames).decode(errors="replace")


def get_archive(client: Client, container_id: str, path: str) -> bytes | None:
    """Return a file or folder of a container as a tar archive, or None where there is none such."""
    try:
        answer = client.request("GET", f"{_path(container_id)}/archive", query={"path": path})
    except ApiError as error:
        if error.is_gone:
            return None
        raise
    return answer.body


def mode_of(client: Client, container_id: str, path: str) -> int | None:
    """Return the mode of a file or folder of a container as Go has it, or None where there is none such."""
    try:
        answer = client.request("HEAD", f"{_path(container_id)}/archive", query={"path": path})
    except ApiError as error:
        if error.is_gone:
            return None
        raise
    from base64 import b64decode

    stat = json.loads(b64decode(answer.headers.get("x-docker-container-path-stat", "")))
    return int(stat["mode"])


def put_archive(client: Client, container_id: str, path: str, archive: bytes) -> None:
    """Unpack a tar archive in a folder of a container, which need not run."""
    query: dict[str, str | int | None] = {"path": path, "noOverwriteDirNonDir": 1}
    headers = {"Content-Type": "application/x-tar"}
    target = f"{_path(container_id)}/archive"
    with client.stream(
        "PUT", target, query=query, headers=headers, send=lambda write: write(archive)
    ) as reply:
        for _ in reply:
            pass  # the answer is empty; read to its end, it says that all is unpacked


def find(client: Client, labels: Mapping[str, str | None]) -> list[Found]:
    """Return the containers, running or not, that carry all labels; None stands for any value."""
    return _find(client, {"label": label_filter(labels)})


def find_by_volume(client: Client, name: str) -> list[Found]:
    """Return the containers, running or not, that mount a volume."""
    return _find(client, {"volume": [name]})


def _find(client: Client, filters: Mapping[str, list[str]]) -> list[Found]:
    query: dict[str, str | int | None] = {"all": 1, "filters": json.dumps(filters)}
    return client.json("GET", "/containers/json", lambda told: [_found(item) for item in told], query=query)


def label_filter(labels: Mapping[str, str | None]) -> list[str]:
    """Return labels as the API's filters have them; None stands for any value."""
    return [name if value is None else f"{name}={value}" for name, value in labels.items()]


def _await_removal(client: Client, container_id: str) -> None:
    deadline = time.monotonic() + _REMOVAL_PATIENCE
    while time.monotonic() < deadline:
        try:
            inspect(client, container_id)
        except ApiError as error:
            if error.is_gone:
                return
            raise
        time.sleep(_REMOVAL_GLANCE)
    raise EngineError(
        "engine.removal-stuck",
        f"The container {container_id} is being removed, but is still there after "
        f"{_REMOVAL_PATIENCE:.0f} seconds.",
        f"Try `docker rm --force --volumes {container_id}`.",
    )


def _path(container_id: str) -> str:
    return f"/containers/{quote(container_id)}"


def _found(item: Mapping[str, Any]) -> Found:
    name = item["Names"][0].removeprefix("/") if item["Names"] else ""
    return Found(item["Id"], name, item["Labels"] or {}, item["State"], float(item["Created"]))


def _state(told: Mapping[str, Any]) -> State:
    state = told["State"]
    return State(state["Status"], bool(state["Running"]), int(state["Pid"]), int(state["ExitCode"]))


def _addresses(told: Mapping[str, Any], port: int) -> Addresses:
    settings = told["NetworkSettings"]
    own = [each.get("IPAddress") for each in (settings.get("Networks") or {}).values()]
    bindings = (settings.get("Ports") or {}).get(f"{port}/tcp") or ()
    return Addresses(
        tuple(dict.fromkeys(filter(None, own))), tuple(int(each["HostPort"]) for each in bindings)
    )
