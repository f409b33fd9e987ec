"""What can go wrong between us and the engine.

The tree::

    EngineError
    ├── ApiError         the engine answered with an error
    └── BuildError       an image could not be built (in builds.py, with the build's output)
"""

import errno
from typing import Final

from taskrunner.errors import EngineError

__all__ = ["ApiError", "advice", "connection_lost", "unreachable"]


class ApiError(EngineError):
    """The engine refused a request; `message` is the engine's own."""

    def __init__(self, reference: str, status: int, message: str) -> None:
        super().__init__(reference, message, advice(message))
        self.status = status

    @property
    def is_gone(self) -> bool:
        """Whether there is no such thing; Podman has another status for what vanishes while it looks."""
        return self.status == 404 or "no such container" in self.message.lower()


_NO_ADDRESSES: Final = (
    "The engine has no addresses left for networks: `docker network prune` removes unused ones, "
    "and --use-network takes one that is there."
)
_PORT_TAKEN: Final = (
    "Something else uses this port: stop it, choose another port, or run with --disable-ports."
)
_ADVICE: Final = (
    (
        "client sent an http request to an https server",
        "The engine wants TLS: try --docker-tls-verify, with your certificates in --docker-cert-path.",
    ),
    (
        "client version",
        "taskrunner and the engine have no version of the API in common: update the older one of them.",
    ),
    (
        "non-overlapping ipv4 address pool",
        _NO_ADDRESSES,
    ),
    (
        "address pools have been fully subnetted",
        _NO_ADDRESSES,
    ),
    (
        "requires buildkit",
        "This Dockerfile needs BuildKit: remove DOCKER_BUILDKIT=0, or install Docker's plugin buildx.",
    ),
    (
        "no space left on device",
        "The engine's disk is full: `docker system df` shows by what.",
    ),
    (
        "port is already allocated",
        _PORT_TAKEN,
    ),
    (
        "address already in use",
        _PORT_TAKEN,
    ),
    (
        "ports are not available",
        _PORT_TAKEN,
    ),
    (
        "toomanyrequests",
        "The registry limits how often you may pull: wait, or run `docker login`.",
    ),
    (
        "exec format error",
        "The image was made for another kind of processor than the engine's.",
    ),
    (
        "no basic auth credentials",
        "The registry wants to know who you are: run `docker login` for it first.",
    ),
    (
        "unauthorized",
        "The registry wants to know who you are: run `docker login` for it first.",
    ),
    (
        "pull access denied",
        "Check the image's name. If it is private, run `docker login` first.",
    ),
    (
        "manifest unknown",
        "The registry has no such tag: check the part after the colon.",
    ),
    (
        "no such host",
        "The engine cannot find the registry: check its name, and the engine's network and proxy settings.",
    ),
    (
        "dial tcp",
        "The engine cannot reach the registry: check the engine's network and proxy settings.",
    ),
)


def advice(message: str) -> str | None:
    """Return what to do about a message of the engine's, or None where we know nothing better."""
    lowered = message.lower()
    return next((remedy for symptom, remedy in _ADVICE if symptom in lowered), None)


def connection_lost() -> EngineError:
    """Return the error for an engine that went away in the middle of a call."""
    return EngineError(
        "engine.connection-lost",
        "The connection to the engine broke off before the engine had answered.",
        "Did the engine stop or restart? `docker info` shows whether it answers again.",
    )


def unreachable(address: str, error: OSError, other: str = "") -> EngineError:
    """Return the error for an engine that cannot be connected to, with advice for each cause.

    `other` is the address of another engine that answers.
    """
    reason, hint = _diagnose(error)
    if other:
        hint += f" Another engine answers at {other}."
    return EngineError("engine.unreachable", f"No Docker Engine can be reached at {address}: {reason}.", hint)


_ELSEWHERE: Final = "name its address with --docker-host, DOCKER_HOST or a Docker context"
_ROOTLESS: Final = "A rootless engine is usually at unix://$XDG_RUNTIME_DIR/docker.sock."


def _diagnose(error: OSError) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        return (
            "there is no such socket",
            f"Start the engine. If it listens elsewhere, {_ELSEWHERE}. {_ROOTLESS}",
        )
    if isinstance(error, PermissionError):
        return (
            "permission denied",
            "Join the group that owns the socket (`sudo usermod -aG docker $USER`) and log in again.",
        )
    if isinstance(error, ConnectionRefusedError):
        return (
            "connection refused",
            f"The engine is not running: start it. If it listens elsewhere, {_ELSEWHERE}.",
        )
    if isinstance(error, TimeoutError) or error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return "no answer", "Check the address, the network and firewalls in between."
    text = (error.strerror or str(error)).lower()
    return text, f"Check the address, or {_ELSEWHERE}."
