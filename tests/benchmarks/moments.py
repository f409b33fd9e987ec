"""Moments within a run, read from what it prints in the style `json`: its times are in milliseconds."""

import json
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

__all__ = ["exit_known", "readiness_noticed", "ready_config"]

_READY_CONFIG = """\
project_name: bench-ready
containers:
  service:
    image: {image}
    command: "sh -c 'sleep 0.3; touch /here/ready; sleep 1000 & wait'"
    volumes: [".:/here"]
    health_check:
      command: test -e /here/ready
      interval: 1s
      retries: 30
  shell:
    image: {image}
    dependencies: [service]
tasks:
  hello:
    run:
      container: shell
      command: echo hello
"""


def ready_config(image: str) -> str:
    """Return the config of a project whose dependency makes a file `ready` in its folder when it is ready."""
    return _READY_CONFIG.format(image=image)


def readiness_noticed(folder: str) -> Callable[[str], float]:
    """Return what tells the milliseconds from a dependency's readiness until it is known."""

    def read(printed: str) -> float:
        ready = Path(folder, "ready")
        lag = _time(_first(printed, "ContainerHealthy")) - ready.stat().st_mtime
        ready.unlink()
        return lag * 1000

    return read


def exit_known(printed: str) -> float:
    """Return the milliseconds from the main container's end, by the engine's clock, until it is known."""
    exited = _first(printed, "ContainerExited")
    started = _first(printed, "ContainerStarted")
    created = _first(printed, "ContainerCreated")
    window = ("--since", f"{_time(started) - 1:.3f}", "--until", f"{_time(exited) + 1:.3f}")
    which = ("--filter", f"container={created['container_id']}", "--filter", "event=die")
    told = subprocess.run(
        ("docker", "events", *window, *which, "--format", "{{.TimeNano}}"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return (_time(exited) - int(told.stdout.split()[0]) / 1e9) * 1000


def _first(printed: str, name: str) -> dict[str, Any]:
    """Return the first event of a name."""
    events = (json.loads(line) for line in printed.splitlines() if line.startswith("{"))
    return next(event for event in events if event["event"] == name)


def _time(event: dict[str, Any]) -> float:
    """Return when it happened, in seconds since 1970."""
    return datetime.fromisoformat(event["time"]).timestamp()
