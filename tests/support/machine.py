"""Images in which the machine's own programs run, for examples whose usual images cannot be had here.

An image has next to nothing in it. Debian's packages, as they are installed here, are mounted into its
containers read-only, so that a whole Java costs no more than a busybox.
"""

import glob
import io
import os
import tarfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["machine_image", "stand_in"]

_MERGED = ("bin", "sbin", "lib", "lib64")
"""Links into /usr, which Debian has had since its release 12."""
_FOLDERS = {
    "etc": 0o755,
    "root": 0o700,
    "run": 0o755,
    "shims": 0o755,
    "tmp": 0o1777,
    "usr": 0o755,
    "var": 0o755,
}
_SETTINGS = ("/etc/alternatives", "/etc/chromium.d", "/etc/fonts", "/etc/java-*", "/etc/maven", "/etc/ssl")
"""What programs below /usr are linked to, or read when they start."""
_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\npostgres:x:999:\n",
}


@contextmanager
def machine_image(
    client: "DockerClient", scripts: Mapping[str, str] | None = None, changes: Sequence[str] = ()
) -> Iterator[str]:
    """Give the reference of an image that has these scripts on its path, and is gone afterwards."""
    repository = f"taskrunner-test/machine-{uuid.uuid4().hex[:8]}"
    # The engine answers with a stream of progress; docker-py reads it to its end.
    client.api.import_image_from_data(
        _archive(scripts or {}),
        repository=repository,
        tag="1",
        changes=["ENV PATH=/shims:/usr/sbin:/usr/bin", *changes],
    )
    try:
        yield f"{repository}:1"
    finally:
        client.images.remove(f"{repository}:1", force=True)


def stand_in(config: Path, images: Mapping[str, str], more: Sequence[str] = ()) -> None:
    """Let containers of a config, by their names, have such images; leave everything else as it is."""
    project = yaml.safe_load(config.read_text(encoding="utf-8"))
    folders = ["/usr", *(path for pattern in _SETTINGS for path in glob.glob(pattern))]
    mounts = [f"{path}:{path}:ro" for path in folders]
    for name, image in images.items():
        container = project["containers"][name]
        container.pop("build_directory", None)
        container["image"] = image
        container["volumes"] = [*container.get("volumes", ()), *mounts, *more]
    config.write_text(yaml.safe_dump(project, sort_keys=False), encoding="utf-8")


def _archive(scripts: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, mode in _FOLDERS.items():
            _add(archive, name, mode, tarfile.DIRTYPE)
        for name in _MERGED:
            member = _member(name, 0o777, tarfile.SYMTYPE)
            member.linkname = os.readlink(f"/{name}")
            archive.addfile(member)
        for name, text in _FILES.items():
            _add(archive, name, 0o644, data=text.encode())
        for name, text in scripts.items():
            _add(archive, f"shims/{name}", 0o755, data=text.encode())
    return buffer.getvalue()


def _add(
    archive: tarfile.TarFile, name: str, mode: int, kind: bytes = tarfile.REGTYPE, data: bytes = b""
) -> None:
    member = _member(name, mode, kind)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def _member(name: str, mode: int, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode, member.type = mode, kind
    return member
