"""The engine: whether one answers, and which it is."""

from collections.abc import Iterator

from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Engine, Subject

__all__ = ["check"]

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def check(subject: Subject) -> Iterator[Finding]:
    """Look at the engine that runs would use."""
    engine = subject.engine
    if engine is None:
        error = subject.no_engine
        message = error.message if error else "There is no engine."
        yield Finding("engine.unreachable", "broken", message, error.hint if error else None)
        return
    yield Finding("engine.answers", "ok", _introduced(engine))
    if engine.ping.os_type not in ("", "linux"):
        yield Finding(
            "engine.not-linux",
            "broken",
            f"The engine runs {engine.ping.os_type} containers.",
            "Switch it to Linux containers.",
        )
    if not engine.client.is_docker:
        yield Finding(
            "engine.not-docker",
            "note",
            f"The engine is not Docker's own, but {engine.ping.server or 'of an unknown kind'}.",
            "What Podman lacks of Docker's API is worked around where that is known.",
        )
    yield from _warnings(engine)


def _introduced(engine: Engine) -> str:
    info = engine.info
    version = info.get("ServerVersion")
    named = f"Docker {version}" if version and engine.client.is_docker else engine.ping.server or "An engine"
    machine = str(info.get("Architecture") or "")
    extras = [f"API {engine.ping.api_version}", _MACHINES.get(machine, machine), info.get("Driver")]
    if engine.is_rootless:
        extras.append("rootless")
    return f"{named} ({', '.join(filter(None, extras))}) answers at {engine.client.endpoint.text}."


def _warnings(engine: Engine) -> Iterator[Finding]:
    for text in engine.info.get("Warnings") or ():
        words = str(text).removeprefix("WARNING: ")
        # About limits and bridges that a task runner has no use for unless a config asks for them.
        yield Finding("engine.warns", "note", f"The engine says: {words}.")
