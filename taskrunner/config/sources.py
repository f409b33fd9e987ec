"""From includes to files on this machine."""

import os
from collections.abc import Iterator, Sequence
from typing import Final

from taskrunner.config.bundles.access import Access, Bundle, shown
from taskrunner.config.includes import FileInclude, GitInclude, Include
from taskrunner.config.patterns import PatternTooWide, has_wildcards, matching
from taskrunner.config.suggest import did_you_mean
from taskrunner.errors import Position, Problem
from taskrunner.records import NamedTuple

__all__ = ["FoundFile", "Sources"]

_MOST_BUNDLES: Final = 100
"""Repositories of a project: bundles can include bundles, and a hostile one need not come to an end."""


class FoundFile(NamedTuple):
    """A config file to read, which may not exist."""

    path: str
    where: Position
    """Where it is included."""
    bundle: Bundle | None = None
    """The bundle that it is a part of."""


class Sources:
    """Finds the files that includes name, noting problems."""

    def __init__(self, access: Access, problems: list[Problem]) -> None:
        self._access = access
        self._problems = problems
        self._bundles: dict[tuple[str, str], Bundle | None] = {}
        self.complete = True
        """Whether every include led to files."""
        self.looked_at: dict[str, None] = {}
        """Folders and files, besides the config files, that decided which files those are."""
        self.patterns: dict[str, None] = {}
        """What led to any number of files, now and later."""

    def files(self, include: Include, includer: FoundFile) -> Iterator[FoundFile]:
        """Yield what an include of a file names."""
        if isinstance(include, GitInclude):
            yield from self._in_bundle(include)
            return
        for path in self._matching(include):
            if includer.bundle is not None and not _is_inside(includer.bundle.folder, path):
                self._escape(include.where, includer.bundle)
            else:
                yield FoundFile(path, include.where, includer.bundle)

    def _matching(self, include: FileInclude) -> Sequence[str]:
        path = include.path
        # A file of just this name comes first: batect knows no patterns.
        if not has_wildcards(path) or os.path.lexists(path):
            return (path,)
        self.patterns[path] = None
        hint = "The wildcards are * and ? and […], each within one name of the path."
        try:
            found = matching(path)
        except PatternTooWide:
            message = f"The pattern {path} leads through too many folders."
            self._note(Problem("config.pattern-too-wide", message, include.where, hint))
            return ()
        self.looked_at.update(dict.fromkeys(found.folders))
        if not found.files:
            message = f"No file matches {path}."
            self._note(Problem("config.file-not-found", message, include.where, hint))
        return found.files

    def _in_bundle(self, include: GitInclude) -> Iterator[FoundFile]:
        bundle = self._bundle(include)
        if bundle is None:
            return
        path = os.path.normpath(os.path.join(bundle.folder, include.path))
        if not _is_inside(bundle.folder, path):
            self._escape(include.path_where, bundle)
        elif not os.path.isfile(path):
            message = f"There is no file {include.path} in {shown(bundle.repo)} at {bundle.ref}."
            hint = did_you_mean(include.path, _files_of(bundle.folder))
            self._note(Problem("config.bundle-file-not-found", message, include.path_where, hint))
        else:
            yield FoundFile(path, include.where, bundle)

    def _bundle(self, include: GitInclude) -> Bundle | None:
        key = (include.repo, include.ref)
        if key not in self._bundles:
            self._bundles[key] = None  # told once, however often it is included
            if len(self._bundles) > _MOST_BUNDLES:
                message = f"A project includes {_MOST_BUNDLES} bundles at most."
                hint = "Put what several of them have into one."
                self._note(Problem("config.too-many-bundles", message, include.where, hint))
                return None
            from taskrunner.config.bundles.problems import find_bundle

            found = find_bundle(include, self._access)
            if isinstance(found, Bundle):
                self._bundles[key] = found
                self.looked_at[found.note] = None
            else:
                self._note(found)
        return self._bundles[key]

    def bundles(self) -> tuple[str, ...]:
        """Return the folders of the bundles that were found."""
        return tuple(bundle.folder for bundle in self._bundles.values() if bundle is not None)

    def _escape(self, where: Position, bundle: Bundle) -> None:
        message = f"This leads out of the bundle {shown(bundle.repo)}."
        hint = "What a bundle includes has to be in its own repository, symbolic links followed."
        self._note(Problem("config.bundle-path-escapes", message, where, hint))

    def _note(self, problem: Problem) -> None:
        self._problems.append(problem)
        self.complete = False


def _is_inside(folder: str, path: str) -> bool:
    return os.path.realpath(path).startswith(folder + os.sep)


def _files_of(folder: str) -> list[str]:
    """Return the config files of a bundle's outermost folder, for suggestions."""
    return sorted(name for name in os.listdir(folder) if name.endswith((".yml", ".yaml")))
