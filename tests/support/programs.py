"""Images with programs of this machine, for examples whose usual images no registry is here to give.

A program goes in with the libraries that it is linked to, and with folders that it needs; the rest is
busybox.
"""

import io
import os
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tests.support.images import BUSYBOX

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["build_programs"]

_SKIPPED = ("__pycache__", "test", "idlelib", "tkinter", "locale")


def build_programs(
    client: "DockerClient",
    reference: str,
    paths: Sequence[str],
    files: Mapping[str, str] | None = None,
    instructions: str = "",
) -> None:
    """Build an image that has these files and folders of the machine, and further small scripts."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as archive:
        for path in {*paths, *_libraries(paths)}:
            archive.add(path, arcname=f"root{path}", filter=_kept)
        for path, text in (files or {}).items():
            _add(archive, f"root{path}", text)
        _add(archive, "Dockerfile", f"FROM {BUSYBOX}\nCOPY root /\n{instructions}\n")
    buffer.seek(0)
    client.images.build(fileobj=buffer, custom_context=True, tag=reference, rm=True)


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(text.encode()), 0o755
    archive.addfile(member, io.BytesIO(text.encode()))


def _kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if any(part in _SKIPPED for part in member.name.split("/")) else member


def _libraries(paths: Sequence[str]) -> set[str]:
    """Return the libraries that programs are linked to, also those of programs in folders."""
    found: set[str] = set()
    for path in paths:
        names = [os.path.join(folder, name) for folder, _, files in os.walk(path) for name in files]
        programs = [name for name in (*names, path) if os.access(name, os.X_OK) or name.endswith(".so")]
        for program in filter(os.path.isfile, programs):
            done = subprocess.run(["/usr/bin/ldd", program], capture_output=True, text=True, check=False)
            found.update(word for word in done.stdout.split() if word.startswith("/"))
    return found
