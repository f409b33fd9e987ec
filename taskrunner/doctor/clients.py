"""Docker's own client, and whichever client or plugin builds with BuildKit go through."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping

from taskrunner.config.model import Project
from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject
from taskrunner.engine.build_clients import find_build_client
from taskrunner.engine.endpoint import config_folder

__all__ = ["check"]

_PATIENCE = 10.0
_INSTALL = "Install Docker's client with its plugin buildx (packages docker-cli and docker-buildx, or alike)."


def check(subject: Subject) -> Iterator[Finding]:
    """Look for the client and for BuildKit; they are missed only where something is built with it."""
    needing = _needing(subject.project)
    program = shutil.which("docker", path=subject.environment.get("PATH"))
    if program is None:
        yield _missing("clients.no-client", "Docker's client is not installed", needing)
        return
    version = _answer([program, "--version"], subject.environment)
    if version is None:
        yield _missing("clients.no-client", f"Docker's client ({program}) does not work", needing)
        return
    yield Finding("clients.client", "ok", f"Docker's client is there: {version}.")
    found = find_build_client(config_folder(subject.environment), subject.environment)
    if found is None:
        yield _missing("clients.no-buildkit", "No client or plugin here can use BuildKit", needing)
    else:
        yield Finding("clients.buildkit", "ok", f"BuildKit can be used, through {found.program}.")


def _missing(name: str, what: str, needing: list[str]) -> Finding:
    if needing:
        users = ", ".join(needing)
        return Finding(name, "broken", f"{what}, and BuildKit is needed to build {users}.", _INSTALL)
    return Finding(name, "note", f"{what}. Only builds with BuildKit need it.", _INSTALL)


def _needing(project: Project | None) -> list[str]:
    """Return the containers whose builds use what BuildKit alone can do."""
    containers = project.containers.values() if project is not None else ()
    return [c.name for c in containers if c.build is not None and (c.build.secrets or c.build.ssh)]


def _answer(command: list[str], environment: Mapping[str, str]) -> str | None:
    """Return the first line that a command prints, or None where it fails."""
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else None
