"""The files that a task's patterns name."""

import os
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from taskrunner.config.model import FilePatterns
from taskrunner.engine.ignore_patterns import IgnorePattern

__all__ = ["named_files", "names", "unmatched"]

_WILDCARDS: Final = frozenset("*?[\\")
# Never a part of what a person means by files of a project.
_OURS: Final = (".git", ".batect", ".taskrunner")


class _Rule(NamedTuple):
    """One pattern, for absolute paths without their first slash."""

    pattern: IgnorePattern
    root: str
    """The folder or file below which everything is that it can match."""


def named_files(patterns: FilePatterns, without: FilePatterns | None = None) -> Iterator[tuple[str, str]]:
    """Yield name and path of each file that patterns name, sorted by folder; links are not followed.

    A folder stands for everything in it. Files that `without` names are left out. Names are relative to
    the patterns' base.
    """
    rules = _rules(patterns)
    excluded = _rules(without) if without is not None else []
    for root in _roots(rules):
        for path in _walk(root, rules):
            if not _covers(excluded, path):
                yield _relative(path, patterns.base), path


def names(patterns: FilePatterns, path: str) -> bool:
    """Return whether patterns name an absolute path."""
    return _covers(_rules(patterns), path)


def _relative(path: str, base: str) -> str:
    # Most are below it, and `relpath` takes ten times as long.
    return path[len(base) + 1 :] if path.startswith(f"{base}/") else os.path.relpath(path, base)


def unmatched(patterns: FilePatterns) -> str | None:
    """Return a pattern that names no file, or None where each names one."""
    for text in patterns.texts:
        if not text.startswith("!") and next(named_files(patterns._replace(texts=(text,))), None) is None:
            return text
    return None


def _rules(patterns: FilePatterns) -> list[_Rule]:
    rules = []
    for text in patterns.texts:
        mark, rest = ("!", text[1:]) if text.startswith("!") else ("", text)
        absolute = rest if os.path.isabs(rest) else f"{_escaped(patterns.base)}/{rest}"
        pattern = IgnorePattern(mark + absolute)
        rules.append(_Rule(pattern, _root(pattern.text)))
    return rules


def _escaped(path: str) -> str:
    return "".join(f"\\{character}" if character in _WILDCARDS else character for character in path)


def _root(pattern: str) -> str:
    parts = []
    for part in pattern.split("/"):
        plain = part.replace("\\", "")
        if _WILDCARDS & set(part) and _escaped(plain) != part:
            break
        parts.append(plain)
    return "/" + "/".join(parts)


def _roots(rules: Sequence[_Rule]) -> list[str]:
    """Return where to look: no root below another one, so that each file is found once."""
    found: list[str] = []
    for root in sorted({rule.root for rule in rules if not rule.pattern.exclusion}):
        if not any(root == other or root.startswith(f"{other.rstrip('/')}/") for other in found):
            found.append(root)
    return found


def _walk(root: str, rules: Sequence[_Rule]) -> Iterator[str]:
    """Yield what rules name at a path or below it."""
    hits = _hits(root, rules, (False,) * len(rules))
    if os.path.isdir(root) and not os.path.islink(root):
        yield from _walk_folder(root, rules, hits)
    elif _is_named(rules, hits) and os.path.lexists(root):
        yield root


def _walk_folder(folder: str, rules: Sequence[_Rule], above: tuple[bool, ...]) -> Iterator[str]:
    if not _is_named(rules, above) and not any(
        _may_be_below(rule, folder) for rule in rules if not rule.pattern.exclusion
    ):
        return
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=_name_of)
    except OSError:
        return
    for entry in entries:
        if entry.name in _OURS:
            continue
        # A pattern that names a folder names what is in it: each by itself, and the last one decides.
        hits = above if all(above) else _hits(entry.path, rules, above)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk_folder(entry.path, rules, hits)
        elif _is_named(rules, hits):
            yield entry.path


def _name_of(entry: "os.DirEntry[str]") -> str:
    return entry.name


def _hits(path: str, rules: Sequence[_Rule], above: tuple[bool, ...]) -> tuple[bool, ...]:
    name = path[1:]
    return tuple([was or rule.pattern.match(name) for was, rule in zip(above, rules, strict=True)])


def _is_named(rules: Sequence[_Rule], hits: Sequence[bool]) -> bool:
    for rule, hit in zip(reversed(rules), reversed(hits), strict=True):
        if hit:
            return not rule.pattern.exclusion
    return False


def _may_be_below(rule: _Rule, folder: str) -> bool:
    """Return whether a pattern can match something in a folder that it does not match itself."""
    if rule.root.startswith(f"{folder.rstrip('/')}/"):
        return True
    inside = f"{folder}/".startswith(f"{rule.root.rstrip('/')}/")
    return inside and _WILDCARDS & set(rule.pattern.text) != set()


def _covers(rules: Sequence[_Rule], path: str) -> bool:
    """Return whether patterns name a path, or a folder above it."""
    if not rules:
        return False
    hits = (False,) * len(rules)
    for at, character in enumerate(path):
        if character == "/" and at > 0:
            hits = _hits(path[:at], rules, hits)
    return _is_named(rules, _hits(path, rules, hits))
