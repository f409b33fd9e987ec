"""Files by pattern: `*`, `?` and `[…]` stand for characters within one name of a path."""

import os
import re
from typing import Final

from taskrunner.records import NamedTuple

__all__ = ["Matches", "PatternTooWide", "has_wildcards", "matching"]

_MOST_NAMES: Final = 100_000
"""Names that are looked at: a pattern such as `/*/*/*/*` must not keep anybody waiting."""


class PatternTooWide(Exception):  # noqa: N818  becomes a problem with a place
    """The pattern leads through too many folders."""


class Matches(NamedTuple):
    """What a pattern matches now."""

    files: tuple[str, ...]
    """Sorted."""
    folders: tuple[str, ...]
    """Those that were looked into: with their lists of names, the matches may change."""


def has_wildcards(path: str) -> bool:
    """Return whether a path is a pattern."""
    return re.search(r"[*?\[]", path) is not None


def matching(pattern: str) -> Matches:
    """Return the files that an absolute pattern matches.

    Names that start with a dot are only matched by patterns that do. Raises PatternTooWide.
    """
    first, *parts = pattern.split("/")
    folders, seen = [first or "/"], 0
    looked_into: dict[str, None] = {}
    wild = False
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        wild = wild or has_wildcards(part)
        if wild:
            looked_into.update(dict.fromkeys(folders))
        if not has_wildcards(part):
            joined = [os.path.join(folder, part) for folder in folders]
            folders = [path for path in joined if os.path.lexists(path)]
            continue
        matcher = _matcher(part)
        found: list[str] = []
        for folder in folders:
            for name, is_folder in _entries(folder):
                seen += 1
                if seen > _MOST_NAMES:
                    raise PatternTooWide
                if matcher.fullmatch(name) and (is_last or is_folder):
                    found.append(os.path.join(folder, name))
        folders = found
    files = sorted(path for path in folders if os.path.isfile(path))
    return Matches(tuple(files), tuple(folder for folder in looked_into if os.path.isdir(folder)))


def _entries(folder: str) -> list[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            return [(entry.name, entry.is_dir()) for entry in entries]
    except OSError:
        return []  # no folder, or not ours to read: nothing in it matches


def _matcher(part: str) -> "re.Pattern[str]":
    import fnmatch

    hidden = "" if part.startswith(".") else r"(?!\.)"
    return re.compile(hidden + fnmatch.translate(part))
