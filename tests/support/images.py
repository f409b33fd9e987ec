"""Images for tests and for the quick start, made without a registry from the machine's own busybox."""

import argparse
import fcntl
import io
import os
import subprocess
import tarfile
import tempfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["BUSYBOX", "ensure_busybox", "import_busybox"]

BUSYBOX: Final = "taskrunner-test/busybox:1"
"""What tests run in their containers; raise the tag when the contents below change."""

_PROGRAM = "/bin/busybox"
_FOLDERS = {
    "bin": 0o755,
    "etc": 0o755,
    "home": 0o755,
    "root": 0o700,
    "tmp": 0o1777,
    "usr/bin": 0o755,
    "usr/sbin": 0o755,
    "var/tmp": 0o1777,
}
_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n",
    "etc/group": "root:x:0:\nnobody:x:65534:\n",
}


def ensure_busybox(reference: str = BUSYBOX) -> str:
    """Make sure that the engine has a small image with a shell, and return its reference.

    Costs one call to the engine where the image is there. Several processes may do it at once.
    Raises RuntimeError where the machine has no statically linked busybox.
    """
    import docker

    client = docker.from_env()
    try:
        if not _exists(client, reference):
            _import_once(client, reference)
    finally:
        client.close()
    return reference


def import_busybox(client: "DockerClient", reference: str) -> None:
    """Import the machine's busybox under a reference, with a link for each of its applets."""
    repository, _, tag = reference.rpartition(":")
    # The engine answers with a stream of progress; docker-py reads it to its end.
    client.api.import_image_from_data(
        _archive(),
        repository=repository,
        tag=tag,
        changes=['CMD ["sh"]', "ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    )


def _import_once(client: "DockerClient", reference: str) -> None:
    # Each import makes a new image id: of two at once, the second would take the name from the first
    # and leave it behind as a dangling image.
    path = os.path.join(tempfile.gettempdir(), f"taskrunner-busybox-{os.getuid()}.lock")
    with open(path, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _exists(client, reference):
            import_busybox(client, reference)


def _exists(client: "DockerClient", reference: str) -> bool:
    import docker.errors

    try:
        client.images.get(reference)
    except docker.errors.ImageNotFound:
        return False
    return True


def _archive() -> bytes:
    with open(_static_busybox(), "rb") as file:
        program = file.read()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, mode in _FOLDERS.items():
            archive.addfile(_member(name, tarfile.DIRTYPE, mode))
        for name, text in _FILES.items():
            _add_file(archive, name, 0o644, text.encode())
        _add_file(archive, "bin/busybox", 0o755, program)
        for applet in _applets():
            _add_link(archive, f"bin/{applet}", "busybox")
        # Scripts name this path in their first line.
        _add_link(archive, "usr/bin/env", "../../bin/busybox")
    return buffer.getvalue()


def _add_file(archive: tarfile.TarFile, name: str, mode: int, data: bytes) -> None:
    member = _member(name, tarfile.REGTYPE, mode)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def _add_link(archive: tarfile.TarFile, name: str, target: str) -> None:
    member = _member(name, tarfile.SYMTYPE, 0o777)
    member.linkname = target
    archive.addfile(member)


def _member(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.mode = mode
    return member


def _applets() -> list[str]:
    listing = subprocess.run([_PROGRAM, "--list"], check=True, capture_output=True, text=True).stdout
    return [name for name in listing.split() if name != "busybox"]


def _static_busybox() -> str:
    try:
        with open(_PROGRAM, "rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        head = b""
    # A program that asks for a loader in its ELF header cannot run in an image without one.
    if not head or b"/ld-" in head:
        raise RuntimeError(f"{_PROGRAM} is missing or needs shared libraries: install busybox-static.")
    return _PROGRAM


def main() -> None:
    """Import busybox under the reference given on the command line, unless it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reference", help="such as taskrunner-test/busybox:1")
    print(ensure_busybox(parser.parse_args().reference))


if __name__ == "__main__":
    main()
