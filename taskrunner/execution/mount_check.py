"""Local folders on an engine that runs elsewhere: they are not there, or are other ones.

Docker makes an empty folder where the one to mount is missing. Nobody looks for that behind a program that
does not find its files. So the engine is asked to mount only what exists (see specs.py), and where it may
run on another machine, whether what it mounts is what is here: a folder that an earlier attempt made exists.
"""

import os
import socket
import struct
from collections.abc import Iterator

from taskrunner.engine import containers
from taskrunner.engine.client import Client
from taskrunner.engine.errors import ApiError
from taskrunner.errors import EngineError
from taskrunner.plan.model import BindMount, PlannedContainer

__all__ = ["check_mounts", "explained"]

# So many of a folder's entries are looked for: whatever copies projects to other machines leaves some out.
_SAMPLE = 6
# Go's mode bit of a folder.
_GO_FOLDER = 1 << 31


def explained(client: Client, container: PlannedContainer, error: EngineError) -> EngineError:
    """Return what to say of a container that could not be created, where a mount is the cause."""
    if not isinstance(error, ApiError) or not _is_about_a_mount(error.message):
        return error
    for mount in _local(container):
        if mount.source in error.message and os.path.exists(mount.source):
            return _not_there(client, mount.source, "does not exist there")
    return error


def check_mounts(client: Client, container: PlannedContainer, container_id: str) -> None:
    """Make sure that a container, which has not started, would see what is here.

    Costs a call for each mount, but where the engine's process is known to see our files. Raises EngineError.
    """
    if client.endpoint.is_local and _shares_files(client.endpoint.path):
        return
    for mount in _local(container):
        try:
            difference = _difference(client, mount, container_id)
        except ApiError:
            continue  # not every engine can look into a container that has not started
        if difference:
            raise _not_there(client, mount.source, difference)


def _shares_files(path: str) -> bool:
    """Return whether who listens at a socket has our own view of files; False where that cannot be told."""
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(path)
            (pid,) = struct.unpack_from("i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        # A process outside of our namespace of processes has the id 0.
        return os.readlink(f"/proc/{pid}/ns/mnt") == os.readlink("/proc/self/ns/mnt")
    except (OSError, AttributeError):
        return False


def _difference(client: Client, mount: BindMount, container_id: str) -> str:
    if os.path.isdir(mount.source):
        return _difference_of_folder(client, mount, container_id)
    if not os.path.isfile(mount.source):
        return ""
    mode = containers.mode_of(client, container_id, mount.target)
    return "is a folder there, and a file here" if mode is not None and mode & _GO_FOLDER else ""


def _difference_of_folder(client: Client, mount: BindMount, container_id: str) -> str:
    with os.scandir(mount.source) as scan:
        names = sorted((entry.name for entry in scan), key=lambda name: (name.startswith("."), name))
    for name in names[:_SAMPLE]:
        if containers.mode_of(client, container_id, os.path.join(mount.target, name)) is not None:
            return ""
    return f"has nothing there of what is here, such as '{names[0]}'" if names else ""


def _local(container: PlannedContainer) -> Iterator[BindMount]:
    return (mount for mount in container.mounts if isinstance(mount, BindMount))


def _is_about_a_mount(message: str) -> bool:
    # Docker's words, and Podman's.
    return "bind source path does not exist" in message or "statfs" in message or "Mounts denied" in message


def _not_there(client: Client, path: str, what: str) -> EngineError:
    return EngineError(
        "run.mount-elsewhere",
        f"The engine at {client.endpoint.text} cannot mount {path}: it {what}.",
        "An engine mounts folders of the machine that it runs on, and this one does not share yours: run "
        "taskrunner there, have the project in the same folder on both, or let the engine's virtual machine "
        "share that folder.",
    )
