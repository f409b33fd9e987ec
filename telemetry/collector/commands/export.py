"""`taskrunner-collector export`."""

import asyncio
import contextlib
import gzip
import os
import sys
import time
from collections.abc import Iterator
from typing import Annotated, BinaryIO

import typer

from telemetry.collector import transfer
from telemetry.collector.errors import CollectorError
from telemetry.collector.options import with_settings
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import Audit, RawStore

__all__ = ["export"]

_SHORTEST_REASON = 8
_FAR = 10**6


@with_settings("store", "raw_days")
def export(
    settings: Settings,
    *,
    reason: Annotated[
        str,
        typer.Option(
            "--reason", metavar="TEXT", help="Why somebody has to look at single sessions; it is kept."
        ),
    ],
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="First day, as YYYY-MM-DD.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, as YYYY-MM-DD.")] = "",
    application: Annotated[str, typer.Option("--application", metavar="ID", help="Only this one's.")] = "",
    output: Annotated[
        str, typer.Option("--output", metavar="FILE", help="File to write, gzipped where it ends in .gz.")
    ] = "",
) -> int:
    """Write sessions as they are stored, one a line, with the time at which each must be deleted.

    `import` takes them again until then, and `expire --exports DIR` deletes files whose time is over.
    Reason, time and number are kept, and shown by `audits`.
    """
    if len(reason.strip()) < _SHORTEST_REASON:
        raise CollectorError(
            "export.no-reason", "The reason says too little.", "Write a sentence: --reason '…'"
        )
    days = (transfer.day(first) if first else 0, transfer.day(last) if last else _FAR)
    number = asyncio.run(_export(settings, days, application, output, reason.strip()))
    print(f"{number} sessions were exported.", file=sys.stderr)
    return 0


async def _export(
    settings: Settings, days: tuple[int, int], application: str, output: str, reason: str
) -> int:
    store = await open_raw(settings)
    try:
        number = 0
        with _writing(output) as file:
            found = [each.day for each in await store.days() if days[0] <= each.day <= days[1]]
            # The note comes first: what is read without one would be read by nobody.
            await store.add_audit(Audit(int(time.time() * 1000), "export", reason, -1))
            if found:
                file.write(transfer.head(transfer.expiry(found[0] * 86_400_000, settings.raw_days)))
            for day in found:
                number += await _write_day(store, file, day, application, settings.raw_days)
        await store.add_audit(Audit(int(time.time() * 1000), "exported", reason, number))
        return number
    finally:
        await store.close()


async def _write_day(store: RawStore, file: BinaryIO, day: int, application: str, raw_days: int) -> int:
    number = 0
    async for batch in store.sessions(day, application=application):
        for each in batch:
            expires = transfer.expiry(each.received, raw_days)
            file.write(transfer.line(each.received, expires, each.body))
        number += len(batch)
    return number


@contextlib.contextmanager
def _writing(path: str) -> Iterator[BinaryIO]:
    """Give what to write to; a file is for its owner alone, and there under its name when it is complete."""
    if not path:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = f"{path}.part"
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            if path.endswith(".gz"):
                with gzip.open(file, "wb", 6) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield file
        os.replace(part, path)
    except OSError as error:
        raise CollectorError("export.file", f"{path} cannot be written: {error.strerror}.") from error
