"""Files that containers write into mounts, and whom they belong to."""

import sys
from collections.abc import Iterator

from taskrunner.config.model import Container, LocalMount
from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject

__all__ = ["check"]

_SOCKET = "docker.sock"


def check(subject: Subject) -> Iterator[Finding]:
    """Look for containers that can write into the project as somebody else."""
    project, engine = subject.project, subject.engine
    # Elsewhere, the engine's virtual machine hands files over to the person; so does a rootless engine.
    if project is None or sys.platform != "linux" or (engine is not None and engine.is_rootless):
        return
    found = [finding for container in project.containers.values() for finding in _of(container)]
    yield from found
    if not found:
        yield Finding("ownership.safe", "ok", "What containers write into mounts will belong to you.")


def _of(container: Container) -> Iterator[Finding]:
    if container.run_as_current_user is not None:
        return
    writable = [mount for mount in container.volumes if isinstance(mount, LocalMount) and _is_writable(mount)]
    if writable:
        yield Finding(
            "ownership.not-yours",
            "warning",
            f"Container '{container.name}' can write to {writable[0].local.expression.source} as the image's "
            "user, most often root: those files will not belong to you.",
            "Add `run_as_current_user` to the container, or mount with `options: ro`.",
            writable[0].where,
        )


def _is_writable(mount: LocalMount) -> bool:
    is_socket = mount.local.expression.source.endswith(_SOCKET)
    return not is_socket and "ro" not in (mount.options or "").split(",")
