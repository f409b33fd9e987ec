"""Noticing that files have changed, by looking at them several times a second.

Looking is what works everywhere: on network disks, in containers and on folders that do not exist yet.
Between looks there is a pause of at least twenty times as long as a look takes.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event, Lock, Thread
from typing import Final

from taskrunner.config.model import FilePatterns
from taskrunner.config.patterns import PatternTooWide, matching
from taskrunner.engine.build_context import context_names, read_ignore_file
from taskrunner.plan.model import BuiltImage, RunPlan
from taskrunner.skipping.patterns import named_files, names

__all__ = ["CONFIG", "Change", "FileWatch", "watched"]

Change = tuple[str, str]
"""Whose file it is, as `watched` says, and the file's name."""

CONFIG: Final = "."
"""Whose the files of the config are; no container is called so."""

Listing = Callable[[], Iterator[tuple[str, str]]]

_PAUSE: Final = 0.2
_SHARE: Final = 20
# An editor writes a file in several steps, and git many files one after another.
_QUIET: Final = 0.15


class FileWatch:
    """Looks at files in a thread of its own."""

    def __init__(
        self,
        groups: Sequence[tuple[str, Listing]],
        on_change: Callable[[], None],
        before: "FileWatch | None" = None,
    ) -> None:
        """Watch groups of files; `on_change` is called in the thread once changes have come to an end.

        What both watch counts as it was at the last look of the watch `before`.
        """
        self._groups = tuple(groups)
        self._on_change = on_change
        self._lock = Lock()
        self._changes: dict[Change, None] = {}
        self._closed = Event()
        self._known = self._look()
        if before is not None:
            self._known.update((key, state) for key, state in before.known.items() if key in self._known)

    @property
    def known(self) -> Mapping[Change, tuple[int, ...]]:
        """What there was at the last look."""
        return self._known

    @property
    def files(self) -> int:
        """How many files there are to watch, at the last look."""
        return len(self._known)

    def start(self) -> None:
        """Begin to watch."""
        Thread(target=self._follow, name="watch", daemon=True).start()

    def take(self) -> tuple[Change, ...]:
        """Return the changes since the last call."""
        with self._lock:
            changes, self._changes = tuple(self._changes), {}
            return changes

    def pending(self) -> bool:
        """Return whether there are changes that nobody has taken."""
        with self._lock:
            return bool(self._changes)

    def close(self) -> None:
        """Watch no more."""
        self._closed.set()

    def _follow(self) -> None:
        pause = _PAUSE
        while not self._closed.wait(pause):
            begun = time.monotonic()
            changed = self._note(self._look())
            while changed and not self._closed.wait(_QUIET):
                if not self._note(self._look()):
                    self._on_change()
                    break
            pause = max(_PAUSE, _SHARE * (time.monotonic() - begun)) if not changed else _PAUSE

    def _note(self, now: dict[Change, tuple[int, ...]]) -> bool:
        before, self._known = self._known, now
        changes = [key for key, state in now.items() if before.get(key) != state]
        changes += [key for key in before if key not in now]
        with self._lock:
            self._changes.update(dict.fromkeys(changes))
        return bool(changes)

    def _look(self) -> dict[Change, tuple[int, ...]]:
        found: dict[Change, tuple[int, ...]] = {}
        for group, listing in self._groups:
            for name, path in listing():
                try:
                    state = os.lstat(path)
                except OSError:
                    continue
                found[group, name] = (
                    state.st_mode,
                    state.st_size,
                    state.st_mtime_ns,
                    state.st_ctime_ns,
                    state.st_ino,
                )
        return found


def watched(
    plan: RunPlan, config: Sequence[str] = (), patterns: Sequence[str] = ()
) -> list[tuple[str, Listing]]:
    """Return what a run is repeated for.

    That are inputs of tasks, under "", build directories, by container, and files of the `config`, by name
    and by pattern.
    """
    groups: dict[str, list[Listing]] = {CONFIG: [_config(plan.directory, config, patterns)]}
    # What one task writes for another is no news.
    written = [task.files.outputs for task in plan.tasks if task.files and task.files.outputs]
    for task in plan.tasks:
        if task.files is not None:
            groups.setdefault("", []).append(_inputs(task.files.inputs, written))
        for name, container in task.containers.items():
            if isinstance(container.image, BuiltImage) and name not in groups:
                groups[name] = [_context(container.image)]
    return [(group, listing) for group, listings in groups.items() for listing in listings]


def _config(directory: str, files: Sequence[str], patterns: Sequence[str]) -> Listing:
    def listing() -> Iterator[tuple[str, str]]:
        found = dict.fromkeys(files)
        for pattern in patterns:
            # One that leads through too many folders is told of when the config is read.
            with contextlib.suppress(PatternTooWide):
                found.update(dict.fromkeys(matching(pattern).files))
        for path in found:
            yield os.path.relpath(path, directory), path

    return listing


def _inputs(inputs: FilePatterns, written: Sequence[FilePatterns]) -> Listing:
    def listing() -> Iterator[tuple[str, str]]:
        for name, path in named_files(inputs):
            if not any(names(patterns, path) for patterns in written):
                yield name, path

    return listing


def _context(source: BuiltImage) -> Listing:
    def listing() -> Iterator[tuple[str, str]]:
        try:
            patterns = read_ignore_file(source.directory, source.dockerfile)
        except OSError:
            patterns = []
        for name in context_names(source.directory, source.dockerfile, patterns):
            path = os.path.join(source.directory, name)
            if not os.path.isdir(path):
                yield name, path

    return listing
