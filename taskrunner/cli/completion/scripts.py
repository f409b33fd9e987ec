"""The completion scripts: one file a shell beside this one, with the table of this release in it."""

import os
import shlex

from taskrunner._version import VERSION
from taskrunner.cli.completion.table import table

__all__ = ["script"]


def script(shell: str) -> str:
    """Return the script for `bash`, `zsh` or `fish`."""
    path = os.path.join(os.path.dirname(__file__), f"taskrunner.{shell}")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    content = f"{VERSION}\n{table()}".rstrip("\n")
    quoted = _for_fish(content) if shell == "fish" else shlex.quote(content)
    return text.replace("@TABLE@", quoted)


def _for_fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
