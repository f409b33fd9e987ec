"""Reads config files: UTF-8 text of a sensible size, or a problem that says why not."""

import os
import stat
from typing import Final

from taskrunner.config.nodes import Source
from taskrunner.errors import Position, Problem

__all__ = ["read_source"]

_LARGEST: Final = 10_000_000
"""Bytes; the largest config that was ever seen has about 100,000."""


def read_source(path: str, named_at: Position | None = None) -> Source | Problem:
    """Return a config file's text, or the problem that keeps it from being read.

    `named_at` is where another file names this one, and where its absence is reported.
    """
    try:
        # A named pipe would block and a device may never end: the kind is checked before the file is opened.
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            hint = "Name a file in it."
            return Problem("config.file-is-folder", f"{path} is a folder, not a file.", named_at, hint)
        if not stat.S_ISREG(mode):
            hint = "Name a file; what a pipe or a device holds has to be written into one first."
            return Problem("config.file-unreadable", f"{path} is not a regular file.", named_at, hint)
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        hint = "Check the path: where it is relative, it starts at the folder of the file that names it."
        return Problem(
            "config.file-not-found", f"The file {path} does not exist.", named_at, named_at and hint
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        hint = "Check the path, and that you may read it: `ls -l` says whose it is."
        return Problem("config.file-unreadable", f"{path} cannot be read: {reason}.", named_at, hint)
    if len(data) > _LARGEST:
        message = f"{path} is too large: a config file has {_LARGEST // 1_000_000} MB at most."
        hint = "Is it a config file? If so, split it, and include the parts."
        return Problem("config.file-too-large", message, named_at, hint)
    return _decode(path, data)


def _decode(path: str, data: bytes) -> Source | Problem:
    try:
        return Source(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        good = data[: error.start].removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
        line = good.count("\n") + 1
        column = len(good) - good.rfind("\n")
        message = f"This is not UTF-8: the byte 0x{data[error.start]:02x} does not belong here."
        hint = "Save the file as UTF-8."
        return Problem("config.not-utf-8", message, Position(path, line, column), hint)
