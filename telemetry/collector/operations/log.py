"""The collector's log: one JSON object a line, of fixed words and numbers.

No address, header, body or id can get into it: a value is a word of the program's own, or a number.
"""

import json
import os
import sys
import threading
import time
from typing import Final, TextIO

__all__ = ["Log"]

_PREFIX: Final = "collector-"


class Log:
    """Writes to standard error, or to a file a day in a folder. Safe to use from any thread."""

    def __init__(self, folder: str = "") -> None:
        self._folder = os.path.expanduser(folder)
        self._lock = threading.Lock()
        self._day = ""
        self._file: TextIO | None = None

    def write(self, event: str, **facts: str | float) -> None:
        """Note that something happened. Never raises: a full disk must not stop the service."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
        line = json.dumps({"time": stamp, "event": event, **facts}) + "\n"
        with self._lock:
            try:
                file = self._target(stamp[:10])
                file.write(line)
                file.flush()
            except (OSError, ValueError):
                self._file = None

    def expire(self, days: int) -> int:
        """Delete files of more than so many days ago; return their number."""
        oldest = time.strftime("%Y-%m-%d", time.gmtime(time.time() - days * 24 * 3600))
        deleted = 0
        for name in sorted(os.listdir(self._folder)) if self._folder and os.path.isdir(self._folder) else []:
            if name.startswith(_PREFIX) and name.endswith(".jsonl") and name[len(_PREFIX) : -6] < oldest:
                os.unlink(os.path.join(self._folder, name))
                deleted += 1
        return deleted

    def close(self) -> None:
        """Close the day's file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _target(self, day: str) -> TextIO:
        if not self._folder:
            return sys.stderr
        if self._file is None or self._day != day:
            if self._file is not None:
                self._file.close()
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            path = os.path.join(self._folder, f"{_PREFIX}{day}.jsonl")
            self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115 - kept open for the day
            self._day = day
        return self._file
