"""What a set of files was like at one moment."""

from collections.abc import Callable, Iterator
from typing import Any

from taskrunner.skipping import files

__all__ = ["Look"]

Listing = Callable[[], Iterator[tuple[str, str]]]


class Look:
    """Files as they are now: their states at once, their contents when they are needed."""

    def __init__(self, listing: Listing) -> None:
        """Look at files; `listing` yields names and paths. Raises OSError where one cannot be read."""
        self._listing = listing
        self._contents: dict[str, str] | None = None
        self.states = files.states(listing())
        if not self.states.settled:
            # States that are too young to be compared later need contents to compare.
            self.contents()

    def contents(self) -> dict[str, str]:
        """Return a digest for each file. Raises OSError."""
        if self._contents is None:
            self._contents = files.contents(self._listing())
        return self._contents

    def record(self) -> dict[str, Any]:
        """Return what has to be remembered to recognise the files. Raises OSError."""
        states = self.states.digest if self.states.settled else ""
        return {"states": states, "content": files.digest_of(self.contents())}

    def is_like(self, record: Any) -> bool:
        """Return whether the files are those of a record. Raises OSError."""
        if not isinstance(record, dict):
            return False
        if record.get("states") == self.states.digest:
            return True
        return bool(record.get("content") == files.digest_of(self.contents()))

    def is_still_true(self) -> bool:
        """Return whether the files have not been written since. Raises OSError."""
        if files.states(self._listing()).digest != self.states.digest:
            return False
        return self.states.settled or files.contents(self._listing()) == self.contents()
