"""Crash reports: what a person can send in when taskrunner itself is at fault."""

import os
import sys
import time
from collections.abc import Mapping

from taskrunner._version import VERSION
from taskrunner.host.state import ensure_folder

__all__ = ["write_report"]

_SHORTEST = 6
"""Characters of a value that is taken out of a report: what is shorter stands everywhere by chance."""


def write_report(error: BaseException, environment: Mapping[str, str]) -> str | None:
    """Write a report of an unexpected error and return its path, or None where no disk takes it.

    The report holds versions and the traceback, in which each value of an environment variable is replaced
    by the variable's name: a message may quote what the code was working on.
    """
    try:
        text = _without_values(_text(error), environment)
        folder = ensure_folder(environment, "crashes")
        path = os.path.join(folder, f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}.txt")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError:
        return None
    return path


def _text(error: BaseException) -> str:
    # Where no more files can be opened, even this raises OSError.
    import traceback

    return "\n".join(
        [
            f"taskrunner {VERSION}",
            f"Python {sys.version.split()[0]} ({sys.implementation.name}) on {sys.platform}",
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "",
            "".join(traceback.format_exception(error)),
        ]
    )


def _without_values(text: str, environment: Mapping[str, str]) -> str:
    # The longest first: one value may be a part of another.
    for name, value in sorted(environment.items(), key=lambda pair: -len(pair[1])):
        if len(value) >= _SHORTEST:
            text = text.replace(value, f"<{name}>")
    return text
