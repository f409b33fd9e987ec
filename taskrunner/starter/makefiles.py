"""The targets of a Makefile that a person would call."""

import os
import re
from typing import Final, NamedTuple

__all__ = ["Target", "find", "targets"]

_NAMES: Final = ("GNUmakefile", "makefile", "Makefile")
_RULE: Final = re.compile(r"(?P<targets>[A-Za-z0-9][^:=#\t]*?)\s*::?(?![:=])(?P<rest>.*)")
_PHONY: Final = re.compile(r"\.PHONY\s*:(?P<names>[^#]*)")
_COMMENT: Final = re.compile(r"##?\s*(?P<text>\S.*)")
_PLAIN: Final = re.compile(r"[A-Za-z0-9][\w.-]*")
_LARGEST: Final = 1_000_000


class Target(NamedTuple):
    """One target."""

    name: str
    description: str


def find(folder: str) -> str | None:
    """Return the path of a folder's Makefile, in the order in which `make` looks for it."""
    paths = (os.path.join(folder, name) for name in _NAMES)
    return next((path for path in paths if os.path.isfile(path)), None)


def targets(path: str) -> list[Target]:
    """Return the targets in their order, with the comment beside or above each.

    Where the file says which targets are phony, only those: the others are files. Raises OSError.
    """
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read(_LARGEST).replace("\\\n", " ").splitlines()
    phony = {name for line in lines if (match := _PHONY.match(line)) for name in match["names"].split()}
    found: dict[str, str] = {}
    above = ""
    for line in lines:
        match = _RULE.match(line)
        for name in match["targets"].split() if match else ():
            if _PLAIN.fullmatch(name) and (not phony or name in phony):
                found[name] = found.get(name) or _beside(match["rest"] if match else "") or above
        comment = _COMMENT.match(line)
        above = comment["text"].strip() if comment else ""
    return [Target(name, description) for name, description in found.items()]


def _beside(rest: str) -> str:
    _, sign, text = rest.partition("##")
    return text.strip() if sign else ""
