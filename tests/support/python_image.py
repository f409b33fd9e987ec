"""An image with the tests' own Python, for Dockerfiles that begin with one: no registry is needed for it."""

import os
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.support.images import BUSYBOX

__all__ = ["build_python_image"]

_LEFT_OUT: Final = frozenset(
    {"__pycache__", "site-packages", "test", "tests", "idlelib", "tkinter", "turtledemo"}
)
_PIP: Final = "[global]\nno-index = true\nfind-links = /wheels\ndisable-pip-version-check = true\n"


def build_python_image(folder: Path, reference: str, requirements: Path) -> None:
    """Build an image in which `python3` and pip work, and pip finds the packages of a file, offline.

    Python lies in /usr/local, with the libraries that it needs beside it.
    """
    wheels = folder / "wheels"
    fetch = (
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
        "--only-binary=:all:", "--dest", str(wheels), "-r", str(requirements),
    )  # fmt: skip
    subprocess.run(fetch, check=True, capture_output=True, timeout=240)
    (folder / "pip.conf").write_text(_PIP)
    with tarfile.open(folder / "python.tar", "w") as archive:
        for path, name in _files():
            archive.add(os.path.realpath(path), name, recursive=False)
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (folder / "Dockerfile").write_text(
        f"FROM {BUSYBOX}\nADD python.tar /\nCOPY wheels /wheels\nCOPY pip.conf /etc/pip.conf\n"
        f"ENV LD_LIBRARY_PATH=/usr/local/lib\nRUN ln -s {name} /usr/local/bin/python3\n"
    )
    build = ("docker", "build", "--quiet", "--tag", reference, str(folder))
    subprocess.run(build, check=True, capture_output=True, timeout=240)


def _files() -> Iterator[tuple[Path, str]]:
    """Give each file that Python needs, and where it goes."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    program = Path(sys.base_prefix, "bin", version)
    library = Path(sysconfig.get_path("stdlib"))
    yield program, f"usr/local/bin/{version}"
    compiled = [program]
    for where, below, names in os.walk(library):
        below[:] = sorted(set(below) - _LEFT_OUT)
        for name in names:
            path = Path(where, name)
            compiled += [path] if path.suffix == ".so" else []
            yield path, f"usr/local/lib/{version}/{path.relative_to(library)}"
    # Debian keeps what `venv` installs elsewhere.
    for path in Path("/usr/share/python-wheels").glob("*.whl"):
        yield path, str(path.relative_to("/"))
    yield from _libraries(compiled)


def _libraries(compiled: list[Path]) -> Iterator[tuple[Path, str]]:
    told = subprocess.run(
        ["/usr/bin/ldd", *map(str, compiled)], check=False, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    # Compiled packages ask for these, which Python itself may not need.
    found = {"/lib/x86_64-linux-gnu/libpthread.so.0", "/lib/x86_64-linux-gnu/libgcc_s.so.1"}
    found |= {word for word in told.stdout.split() if word.startswith("/") and not word.endswith(":")}
    for path in sorted(found):
        if Path(path).is_file():
            loader = path.startswith("/lib64/")
            yield Path(path), path.lstrip("/") if loader else f"usr/local/lib/{Path(path).name}"
