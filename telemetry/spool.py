"""The sessions that wait for their upload: one file each, below the telemetry folder.

Nothing here raises OSError: a full disk, a folder that cannot be written or a file that vanished costs a
session and nothing else.
"""

import os
import stat
import time
from typing import Final

from telemetry import files, layout, lock, retention, running, spooled, tally
from telemetry.retention import DAY, Kept, Limits
from telemetry.running import Running
from telemetry.spooled import MOST_BYTES, Entry
from telemetry.tally import Tally

__all__ = ["Entry", "Spool"]

_QUARANTINE: Final = Limits(files=20, size=1024 * 1024, age=30 * DAY)
_HOUR: Final = 60 * 60.0


class Spool:
    """The spool of one person, in a folder that exists only after their yes.

    `folder` is the telemetry folder; it is created when the first session is put into it.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def put(self, session_id: str, data: bytes, level: str = "full") -> bool:
        """Store a session as it is to be sent, byte for byte; return whether it lies on the disk.

        The level chooses the host that it will be sent to. Raises ValueError where id or level are none.
        """
        name = layout.file_name(session_id, level)
        if len(data) > MOST_BYTES:
            tally.add(self.folder, dropped=1)
            return False
        try:
            files.make_folder(self.folder, layout.SPOOL)
            files.write(self._path(layout.SPOOL, name), data)
        except OSError:
            return False
        spooled.trim(self.folder)
        return True

    def running(self, session_id: str, data: bytes, level: str = "full") -> Running | None:
        """Store the record of the run under way, under a lock that this process holds.

        It becomes a session by `finish`, or by `abandoned` in a later run if this one is killed. Returns
        None where the disk does not take it. Raises ValueError where id or level are none.
        """
        try:
            return running.begin(self.folder, layout.file_name(session_id, level), data)
        except OSError:
            return None

    def abandoned(self) -> int:
        """Turn what killed runs left into sessions; return how many."""
        closed = running.sweep(self.folder)
        tally.add(self.folder, abandoned=closed)
        return closed

    def pending(self) -> list[Entry]:
        """Return the sessions that wait, in random order; what is no session goes aside first.

        The order keeps one session that always fails from holding up the same others each time.
        """
        for found in spooled.scan(self._path(layout.SPOOL)):
            self._put_aside_intruder(found)
        spooled.trim(self.folder)
        return sorted(spooled.entries(self.folder), key=lambda _: os.urandom(8))

    def has_pending(self) -> bool:
        """Return whether a session waits, at the cost of one look into the folder."""
        try:
            names = os.listdir(self._path(layout.SPOOL))
        except OSError:
            return False
        return any(layout.parse_file_name(name) for name in names)

    def read(self, entry: Entry) -> bytes | None:
        """Return a session's bytes; None where it vanished, or was none and went aside."""
        try:
            data = files.read(entry.path, MOST_BYTES + 1)
        except FileNotFoundError:
            return None  # another process sent or deleted it
        except OSError:
            self.quarantine(entry.path)
            return None
        if not _is_session(data, entry.session_id):
            self.quarantine(entry.path)
            return None
        return data

    def holds(self, entry: Entry) -> bool:
        """Return whether a session still waits: a person may have emptied the spool meanwhile."""
        return os.path.lexists(entry.path)

    def remove(self, entry: Entry) -> bool:
        """Delete a session; return whether this call did it."""
        return files.remove(entry.path)

    def drop(self) -> int:
        """Delete all sessions that wait, and count them as dropped; return how many."""
        dropped = sum(files.remove(each.path) for each in spooled.entries(self.folder))
        tally.add(self.folder, dropped=dropped)
        return dropped

    def quarantine(self, path: str) -> None:
        """Move a file out of the way, and count it; the oldest of those that lie there go."""
        aside = self._path(layout.QUARANTINE, f"{time.time_ns()}-{os.path.basename(path)[-100:]}")
        try:
            files.make_folder(self.folder, layout.QUARANTINE)
            os.rename(path, aside)
        except FileNotFoundError:
            return
        except OSError:
            _delete(path)
        tally.add(self.folder, quarantined=1)
        for each in retention.surplus(self._kept(layout.QUARANTINE), _QUARANTINE, time.time()):
            _delete(each.path)

    def tally(self) -> Tally:
        """Return what became of earlier sessions, for the next one to carry, and start counting anew."""
        return tally.take(self.folder)

    def clear(self, patience: float = 2.0) -> int:
        """Delete all that waits, was sent, was noted or counted; return how many sessions waited.

        An upload in progress gets `patience` seconds to end; what it is sending then leaves no trace
        here. Nothing remains but what is not the spool's.
        """
        waiting = len(spooled.entries(self.folder))
        try:
            token = lock.take(self._path(layout.UPLOAD_LOCK), patience)
        except OSError:
            token = None
        for name in layout.DESCRIPTIONS:
            _delete(self._path(name))
        if token:
            token.release()
        return waiting

    def _path(self, *names: str) -> str:
        return os.path.join(self.folder, *names)

    def _kept(self, name: str) -> list[Kept]:
        return [
            Kept(found.path, about.st_size, about.st_mtime)
            for found in spooled.scan(self._path(name))
            if (about := spooled.status(found))
        ]

    def _put_aside_intruder(self, found: "os.DirEntry[str]") -> None:
        about = spooled.status(found)
        if about is None:
            return
        if found.name.startswith("."):
            # What a run was writing when it was killed; other hidden files belong to the file system.
            if stat.S_ISREG(about.st_mode) and time.time() - about.st_mtime > _HOUR:
                files.remove(found.path)
            return
        fits = stat.S_ISREG(about.st_mode) and 0 < about.st_size <= MOST_BYTES
        if not (fits and layout.parse_file_name(found.name)):
            self.quarantine(found.path)


def _is_session(data: bytes, session_id: str) -> bool:
    """Return whether these bytes are a whole session with this id; the rest is for the collector."""
    import json

    if len(data) > MOST_BYTES:
        return False
    try:
        session = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(session, dict) and session.get("sessionId") == session_id


def _delete(path: str) -> None:
    """Delete a file, a link or a folder with all that is in it."""
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path, ignore_errors=True)
    else:
        files.remove(path)
