"""`run_as_current_user`: files that a container writes belong to the person who runs the task.

The container runs with the person's user and group id. Its account files learn about them, and its home
folder and caches are theirs. The image's own accounts stay as they are. Source of the behaviour: batect,
which replaces the account files instead.
"""

import io
import os
import time
from collections.abc import Iterator

from taskrunner.engine import containers
from taskrunner.engine.client import Client
from taskrunner.errors import EngineError
from taskrunner.execution.accounts import with_group, with_shadow, with_user
from taskrunner.host.user import User
from taskrunner.plan.model import BindMount, PlannedContainer, PlannedMount, VolumeMount

__all__ = ["introduce", "prepare_host"]

# Paths that only exist inside the virtual machine of a desktop engine.
_NOT_OF_THIS_HOST = ("/run/host-services", "/run/guest-services", "/var/run/docker.sock")


def introduce(client: Client, container: PlannedContainer, container_id: str, user: User, home: str) -> None:
    """Make the user known in a container that was created and has not started. Raises EngineError."""
    files = [
        ("etc/passwd", with_user(_read(client, container_id, "/etc/passwd"), user, home), 0o644),
        ("etc/group", with_group(_read(client, container_id, "/etc/group"), user), 0o644),
    ]
    shadow = _read(client, container_id, "/etc/shadow")
    if shadow is not None:
        files.append(("etc/shadow", with_shadow(shadow, user), 0o640))
    folders = [home, *(m.target for m in container.mounts if isinstance(m, VolumeMount))]
    containers.put_archive(client, container_id, "/", _archive(files, folders, user))


def prepare_host(mounts: tuple[PlannedMount, ...]) -> None:
    """Create folders on the host that the engine would create as root. Raises EngineError."""
    for path in _missing(mounts):
        try:
            os.makedirs(path, exist_ok=True)
        except OSError as error:
            raise EngineError(
                "run.folder-not-creatable",
                f"The folder {path}, which the container mounts, cannot be created: {error.strerror}.",
                "Create it yourself, or mount another one.",
            ) from error


def _missing(mounts: tuple[PlannedMount, ...]) -> Iterator[str]:
    binds = [mount for mount in mounts if isinstance(mount, BindMount)]
    for mount in binds:
        if not mount.source.startswith(_NOT_OF_THIS_HOST) and not os.path.exists(mount.source):
            yield mount.source
    # A mount inside another one needs a mount point there, which is a folder on the host.
    for outer in binds:
        for inner in mounts:
            below = os.path.relpath(inner.target, outer.target)
            if below != "." and not below.startswith("..") and os.path.isdir(outer.source):
                point = os.path.join(outer.source, below)
                if not os.path.exists(point):
                    yield point


def _read(client: Client, container_id: str, path: str) -> str | None:
    import tarfile

    data = containers.get_archive(client, container_id, path)
    if data is None:
        return None
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = archive.next()
        file = archive.extractfile(member) if member is not None and member.isfile() else None
        return None if file is None else file.read().decode(errors="surrogateescape")


def _archive(files: list[tuple[str, str, int]], folders: list[str], user: User) -> bytes:
    import tarfile

    buffer, now = io.BytesIO(), time.time()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text, mode in files:
            data = text.encode(errors="surrogateescape")
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(data), mode, now
            archive.addfile(info, io.BytesIO(data))
        for path in dict.fromkeys(folders):
            info = tarfile.TarInfo(path.strip("/"))
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            info.uid, info.gid, info.mtime = user.uid, user.gid, now
            archive.addfile(info)
    return buffer.getvalue()
