"""One line of a `.dockerignore`, as the engine's own builder reads it (moby/patternmatcher).

docker-py has the same, and is loaded with a hundred milliseconds of other things.
"""

import re
from typing import Final

__all__ = ["IgnorePattern"]

_DOUBLE: Final = re.compile(r"\*\*(/)?")


class IgnorePattern:
    """A pattern: `*` and `?` stay within a name, `**` goes through folders, `!` makes an exception."""

    def __init__(self, text: str) -> None:
        self.exclusion = text.startswith("!")
        # Slashes at both ends say nothing, and neither does a pattern of one dot.
        self.text = "/".join(_cleaned(text[1:] if self.exclusion else text))
        self._match = re.compile(_expression(self.text), re.DOTALL).fullmatch

    def match(self, name: str) -> bool:
        """Return whether the pattern says something about a path relative to the build directory."""
        return self._match(name) is not None


def _cleaned(text: str) -> list[str]:
    parts: list[str] = []
    for part in text.strip().split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return parts


def _expression(text: str) -> str:
    parts, at = [], 0
    while at < len(text):
        piece, at = _piece(text, at)
        parts.append(piece)
    return "".join(parts)


def _piece(text: str, at: int) -> tuple[str, int]:
    """Return the regular expression of what begins at a place, and the place behind it."""
    if (double := _DOUBLE.match(text, at)) is not None:
        return (".*" if double.end() == len(text) else "(?:.*/)?"), double.end()
    match text[at]:
        case "*":
            return "[^/]*", at + 1
        case "?":
            return "[^/]", at + 1
        case "\\" if at + 1 < len(text):
            return re.escape(text[at + 1]), at + 2
        case "[" if (end := text.find("]", at + 2)) > 0:
            inner = text[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            return f"[{inner}]", end + 1
        case other:
            return re.escape(other), at + 1
