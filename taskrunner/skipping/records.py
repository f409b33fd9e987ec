"""What is remembered between runs of a project: small JSON files below `~/.taskrunner/projects`.

They are no more than a hint: whoever reads one makes sure that what it speaks of is still there, and
starts from nothing where it is missing, broken, or of another version. Nothing is kept in the project
itself, where it would become a part of build contexts and inputs.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from taskrunner.host.state import ensure_folder, home, private, read_own
from taskrunner.skipping.digests import digest_of_text

__all__ = ["project_folder", "read", "write", "write_text"]

_FOLDER: Final = "projects"


def project_folder(environment: Mapping[str, str], directory: str) -> str:
    """Return where the records of the project in a directory are; it need not exist."""
    key = digest_of_text(os.path.realpath(directory))[:16]
    return os.path.join(home(environment), _FOLDER, f"{os.path.basename(directory)[:40]}-{key}")


def read(path: str, version: int) -> dict[str, Any]:
    """Return what a record file holds, or nothing where it is not there or not to be trusted."""
    try:
        value = json.loads(read_own(path))
    except (OSError, ValueError, RecursionError):
        return {}
    good = isinstance(value, dict) and value.get("version") == version
    return value if good else {}


def write(environment: Mapping[str, str], path: str, version: int, value: Mapping[str, Any]) -> None:
    """Replace a record file as a whole. A disk that refuses costs the record, never the run."""
    write_text(environment, path, json.dumps({"version": version, **value}, indent=1))


def write_text(environment: Mapping[str, str], path: str, text: str) -> None:
    """Replace a file as a whole, as `write` does."""
    temporary = f"{path}.{os.getpid()}"
    try:
        ensure_folder(environment, _FOLDER)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(temporary, "w", encoding="utf-8", errors="surrogateescape", opener=private) as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        return
