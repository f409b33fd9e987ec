"""The instructions of a Dockerfile, as far as a check has to understand them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from taskrunner.host.files import read_start

__all__ = ["Instruction", "read"]

_WORDS = re.compile(r"\s*(?P<word>[A-Za-z]+)\s+(?P<arguments>.*)")
_LARGEST = 1_000_000


class Instruction(NamedTuple):
    """One instruction."""

    line: int
    """Of its first word, from 1."""
    word: str
    """In capitals."""
    arguments: str
    """On one line."""


def read(path: str) -> Iterator[Instruction]:
    """Give the instructions of a Dockerfile; none for one that cannot be read."""
    try:
        lines = read_start(path, _LARGEST).decode(errors="replace").splitlines()
    except (OSError, ValueError):
        return
    text, start = "", 0
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#") or (not text and not line.strip()):
            continue
        start = start if text else number
        text += line.rstrip().removesuffix("\\")
        if line.rstrip().endswith("\\"):
            text += " "
            continue
        if match := _WORDS.match(text):
            yield Instruction(start, match["word"].upper(), match["arguments"].strip())
        text = ""
