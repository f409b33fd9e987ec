"""The checkouts of bundles below the state folder.

::

    bundles/<key>.lock         held while a checkout is looked up, made or removed
    bundles/<key>/current      JSON: which commit the ref led to
    bundles/<key>/<commit>/    the files of that commit; touched whenever they are used
    bundles/<key>/new-…        a clone on its way, of a process that holds the lock

The key stands for repository and ref, and begins with the repository's name for people's sake. A
commit's folder never changes into another commit, so that a refresh takes nothing away from containers
that have the older one mounted.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from typing import Final

from taskrunner.config.bundles.access import Access, Bundle, shown
from taskrunner.config.bundles.git import check_out, clone, names, resolve
from taskrunner.host.locks import locked
from taskrunner.host.state import check_own, ensure_folder, home, private

__all__ = ["NotFetched", "RefMissing", "Store"]

_UNUSED: Final = 30 * 86_400.0
"""Seconds after which a checkout that nobody used is removed; batect's time."""

_SWEEP_EVERY: Final = 86_400.0
_SHORT: Final = 16
"""Digits of a commit in the name of its folder, which people see in messages."""

_COMMIT: Final = re.compile("[0-9a-f]{40,64}")


def _key(repo: str, ref: str) -> str:
    digest = hashlib.sha256(f"git {repo} @{ref}".encode(errors="surrogateescape")).hexdigest()
    name = re.sub("[^A-Za-z0-9_-]", "", repo.rstrip("/").removesuffix(".git").rpartition("/")[2])
    return f"{name[:40] or 'bundle'}-{digest[:20]}"


class NotFetched(Exception):  # noqa: N818  becomes a problem with a place
    """The bundle is not on this machine, and nothing may be fetched."""


class RefMissing(Exception):  # noqa: N818  the same
    """The repository has no such tag, branch or commit; `known` are those that it has."""

    def __init__(self, known: list[str]) -> None:
        super().__init__()
        self.known = known


class Store:
    """Finds bundles, fetching what is not there."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._folder = os.path.join(home(access.environment), "bundles")

    def get(self, repo: str, ref: str) -> Bundle:
        """Return the files of a ref. Raises NotFetched, RefMissing, GitMissing, GitFailed and OSError."""
        key = _key(repo, ref)
        if os.path.isdir(self._folder):
            check_own(self._folder)
        if not self._access.refresh:
            found = self._used(key)
            if found is not None:
                self._sweep_sometimes()
                return Bundle(repo, ref, found, self._note_of(key))
        if not self._access.fetch:
            raise NotFetched
        ensure_folder(self._access.environment, "bundles")
        with locked(self._lock(key), on_wait=lambda: self._tell_of_wait(repo)):
            # Somebody else may have fetched it while we waited.
            found = None if self._access.refresh else self._current(key)
            folder = found or self._fetch(key, repo, ref)
        self._sweep_sometimes()
        return Bundle(repo, ref, folder, self._note_of(key))

    def _note_of(self, key: str) -> str:
        return os.path.join(self._folder, key, "current")

    def _lock(self, key: str) -> str:
        return os.path.join(self._folder, f"{key}.lock")

    def _used(self, key: str) -> str | None:
        if not os.path.isdir(os.path.join(self._folder, key)):
            return None
        with locked(self._lock(key), shared=True):
            return self._current(key)

    def _current(self, key: str) -> str | None:
        commit = self._commit(key)
        if commit is None:
            return None
        folder = os.path.join(os.path.realpath(self._folder), key, commit[:_SHORT])
        with contextlib.suppress(OSError):
            os.utime(folder)  # what cannot be touched cannot be removed either
        return folder if os.path.isdir(folder) else None

    def _commit(self, key: str) -> str | None:
        try:
            with open(self._note_of(key), encoding="utf-8") as file:
                commit = json.load(file)["commit"]
        except (OSError, ValueError, LookupError, TypeError):
            return None  # not there, or not ours: it is fetched again
        return commit if isinstance(commit, str) and _COMMIT.fullmatch(commit) else None

    def _fetch(self, key: str, repo: str, ref: str) -> str:
        access, below = self._access, os.path.join(os.path.realpath(self._folder), key)
        before = self._commit(key)
        access.tell(f"Fetching the bundle {shown(repo)} at {ref} …")
        os.makedirs(below, mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=below, ignore_cleanup_errors=True) as temporary:
            cloned = os.path.join(temporary, "files")
            clone(repo, cloned, access)
            commit = resolve(cloned, ref, access)
            if commit is None:
                raise RefMissing(names(cloned, access))
            folder = os.path.join(below, commit[:_SHORT])
            if not os.path.isdir(folder):
                check_out(cloned, commit, repo, access)
                # What a container writes there later must never be read as settings by a git on the host.
                shutil.rmtree(os.path.join(cloned, ".git"))
                os.rename(cloned, folder)
            os.utime(folder)
        self._write_note(key, {"repo": shown(repo), "ref": ref, "commit": commit})
        if before not in (None, commit):
            access.tell(f"{ref} moved on from {str(before)[:12]} to {commit[:12]}.")
        return folder

    def _write_note(self, key: str, current: dict[str, str]) -> None:
        path = self._note_of(key)
        with open(f"{path}.new", "w", encoding="utf-8", opener=private) as file:
            json.dump(current, file)
        os.replace(f"{path}.new", path)

    def _tell_of_wait(self, repo: str) -> None:
        self._access.tell(f"Waiting for another taskrunner that is fetching {shown(repo)} …")

    def _sweep_sometimes(self) -> None:
        mark = os.path.join(self._folder, "swept")
        try:
            if time.time() - os.stat(mark).st_mtime < _SWEEP_EVERY:
                return
        except FileNotFoundError:
            pass
        with contextlib.suppress(OSError):
            with open(mark, "w", encoding="utf-8", opener=private):
                pass
            self.sweep()

    def sweep(self) -> None:
        """Remove what nobody has used for 30 days. Raises OSError where the folder cannot be read."""
        for key in os.listdir(self._folder):
            below = os.path.join(self._folder, key)
            if not os.path.isdir(below):
                continue
            with locked(self._lock(key), wait=False) as mine:
                if mine:
                    self._sweep_one(below)
                    if set(os.listdir(below)) <= {"current"}:
                        shutil.rmtree(below, ignore_errors=True)
                        os.unlink(self._lock(key))

    @staticmethod
    def _sweep_one(below: str) -> None:
        oldest = time.time() - _UNUSED
        for name in os.listdir(below):
            path = os.path.join(below, name)
            # A clone on its way belongs to whoever holds the lock, which is us: that one is abandoned.
            if os.path.isdir(path) and (name.startswith("new-") or os.stat(path).st_mtime < oldest):
                shutil.rmtree(path, ignore_errors=True)
