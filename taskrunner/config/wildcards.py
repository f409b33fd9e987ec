"""Wildcards in task names: `*` stands for any characters, also for none and for colons."""

from collections.abc import Iterable

__all__ = ["expand", "is_wildcard", "matches"]


def is_wildcard(pattern: str) -> bool:
    """Return whether a name stands for every name that it matches."""
    return "*" in pattern


def expand(pattern: str, names: Iterable[str]) -> list[str]:
    """Return the names that a pattern matches, in alphabetical order; no match is an empty list."""
    return sorted(name for name in names if matches(pattern, name))


def matches(pattern: str, name: str) -> bool:
    """Return whether a pattern matches a whole name.

    Each literal part is taken at its first place after the one before: a regular expression would
    need time that grows exponentially with the number of stars.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return name == pattern
    *middle, last = rest
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    start, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True
