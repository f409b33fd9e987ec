"""The wrapper script's text, for a wheel."""

import hashlib
import os
import re
import shlex
from typing import Final, NamedTuple

from taskrunner._version import VERSION
from taskrunner.errors import UserError
from taskrunner.host.files import regular

__all__ = ["DISTRIBUTED_WHEEL", "MARK", "Pinned", "pin", "script"]

DISTRIBUTED_WHEEL: Final = ""
"""Where whoever distributes taskrunner publishes this release's wheel: a URL, or nothing."""

MARK: Final = "# taskrunner wrapper\n"
"""The line by which a script of ours is known."""

_SHA256: Final = re.compile("[0-9a-f]{64}")
_WHEEL: Final = re.compile(r"(?P<name>[\w.]+)-(?P<version>[\w.!+]+)(?:-[\w.]+){3,4}\.whl")


class Pinned(NamedTuple):
    """A wheel that a project agrees on."""

    source: str
    """A URL, or a path as seen from the project's folder, or an absolute one."""
    version: str
    sha256: str


def pin(wheel: str, sha256: str | None, folder: str) -> Pinned:
    """Return what pins a wheel for the project in a folder.

    The hash of a path is worked out, and compared with one that is given; for a URL it has to be given.
    Raises UserError.
    """
    match = _WHEEL.fullmatch(wheel.rpartition("/")[2].partition("?")[0].partition("#")[0])
    if match is None:
        raise UserError(
            "wrapper.no-wheel",
            f"'{wheel}' does not end with the name of a wheel.",
            f"Name a file such as taskrunner_cli-{VERSION}-py3-none-any.whl, by its path or its URL.",
        )
    if sha256 is not None and not _SHA256.fullmatch(sha256.lower()):
        raise UserError(
            "wrapper.bad-hash", f"'{sha256}' is no SHA-256.", "It has 64 digits, of 0 to 9 and a to f."
        )
    if "://" in wheel:
        return Pinned(_checked_url(wheel), match["version"], _given(sha256, wheel))
    found = _hash(wheel)
    if sha256 is not None and sha256.lower() != found:
        raise UserError(
            "wrapper.other-hash",
            f"The SHA-256 of {wheel} is {found}, not {sha256}.",
            "Get the file again, or correct the hash.",
        )
    return Pinned(_seen_from(wheel, folder), match["version"], found)


def script(pinned: Pinned) -> str:
    """Return the text of the script."""
    with open(os.path.join(os.path.dirname(__file__), "script.sh"), encoding="utf-8") as file:
        text = file.read()
    values = {"@VERSION@": pinned.version, "@WHEEL@": pinned.source, "@SHA256@": pinned.sha256}
    for place, value in values.items():
        text = text.replace(place, shlex.quote(value))
    return text


def _checked_url(url: str) -> str:
    if url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        return url
    raise UserError("wrapper.bad-url", f"'{url}' is not fetched by the script.", "Use https://, or a path.")


def _given(sha256: str | None, url: str) -> str:
    if sha256 is None:
        raise UserError(
            "wrapper.no-hash",
            f"The SHA-256 of {url} is not given.",
            "Add --sha256, which a release names beside the wheel: the script compares it with what it gets.",
        )
    return sha256.lower()


def _hash(path: str) -> str:
    try:
        with open(path, "rb", opener=regular) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(
            "wrapper.wheel-not-readable",
            f"The wheel {path} cannot be read: {error.strerror}.",
            "Correct the path that is given with --wheel.",
        ) from error


def _seen_from(path: str, folder: str) -> str:
    """Return a path below a folder relative to it, so that it holds in every checkout; any other absolute."""
    absolute = os.path.abspath(path)
    relative = os.path.relpath(absolute, folder)
    return absolute if relative.startswith(os.pardir) else relative
