"""`taskrunner-collector import`."""

import asyncio
import contextlib
import gzip
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, BinaryIO

import typer

from telemetry.collector import transfer
from telemetry.collector.catalogues import of_settings
from telemetry.collector.commands.summarise import summarise_all
from telemetry.collector.errors import CollectorError
from telemetry.collector.ingest.judge import Judge, Later
from telemetry.collector.options import with_settings
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import RawStore, StoredSession, day_of

__all__ = ["import_sessions"]

_BATCH = 500
_LONGEST = 256 * 1024
_WORDS = {
    "stored": "stored",
    "known": "were here already",
    "expired": "have expired",
    "refused": "are not valid",
    "newer": "come from releases whose catalogue or symbols are not known here",
    "unreadable": "lines are no sessions",
}


@with_settings("store", "aggregates", "catalog", "raw_days", "batect", "durable", "grace_days", "noise")
def import_sessions(
    settings: Settings,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="What export or example wrote.")
    ] = None,
) -> int:
    """Take sessions that `export` or `example` wrote, from files or standard input, gzipped or not.

    Each is judged as if it were sent. What has expired since, or would have by now, is not taken.
    Days and weeks that are over are summed up at once, so that the pages show them.
    The exit code is 1 if anything else than that was left out.
    """
    counts = asyncio.run(_import(settings, files or ["-"]))
    for word, text in _WORDS.items():
        if counts[word] or word == "stored":
            print(f"{counts[word]} {text}")
    if counts["stored"]:
        asyncio.run(summarise_all(settings, to=sys.stderr))
    return 1 if counts["refused"] or counts["newer"] or counts["unreadable"] else 0


async def _import(settings: Settings, files: list[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    store = await open_raw(settings)
    try:
        importer = _Importer(settings, counts)
        for path in files:
            with _reading(path) as file:
                await importer.take(store, file)
    finally:
        await store.close()
    return counts


class _Importer:
    """Judges lines, and stores what is right in batches."""

    def __init__(self, settings: Settings, counts: Counter[str]) -> None:
        self._judge = Judge(of_settings(settings))
        self._counts = counts
        self._now = int(time.time() * 1000)
        self._oldest = day_of(self._now) - settings.raw_days

    async def take(self, store: RawStore, file: BinaryIO) -> None:
        """Take all lines of a file."""
        batch: list[StoredSession] = []
        for number, text in enumerate(iter(lambda: file.readline(_LONGEST), b"")):
            if number == 0 and transfer.read_head(text) is not None:
                continue
            session = self._judged(text)
            if session is not None:
                batch.append(session)
            if len(batch) == _BATCH:
                await self._store(store, batch)
                batch = []
        await self._store(store, batch)

    async def _store(self, store: RawStore, batch: list[StoredSession]) -> None:
        for new in await asyncio.gather(*map(store.add, batch)):
            self._counts["stored" if new else "known"] += 1

    def _judged(self, text: bytes) -> StoredSession | None:
        found = transfer.read_line(text)
        if found is None:
            self._counts["unreadable"] += 1
            return None
        received, expires, body = found
        if expires <= self._now or day_of(received) < self._oldest:
            self._counts["expired"] += 1
            return None
        # Nobody received anything tomorrow.
        verdict = self._judge.judge(body, min(received, self._now))
        if isinstance(verdict, StoredSession):
            return verdict
        self._counts["newer" if isinstance(verdict, Later) else "refused"] += 1
        return None


@contextlib.contextmanager
def _reading(path: str) -> Iterator[BinaryIO]:
    """Give the lines of a file, unpacked. Raises CollectorError."""
    try:
        with contextlib.ExitStack() as stack:
            file: BinaryIO = sys.stdin.buffer if path == "-" else stack.enter_context(open(path, "rb"))
            is_gzip = file.peek(2)[:2] == b"\x1f\x8b"  # type: ignore[attr-defined]
            yield stack.enter_context(gzip.open(file)) if is_gzip else file  # type: ignore[misc]
    except (OSError, EOFError) as error:
        raise CollectorError(
            "import.file", f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no gzip'}."
        ) from error
