"""`taskrunner-collector forget`."""

import asyncio
import getpass
import sys
import time
from typing import Annotated, Any

import msgspec
import typer

from telemetry.collector import rights
from telemetry.collector.errors import CollectorError
from telemetry.collector.options import with_settings
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw

__all__ = ["forget"]


@with_settings("store", "raw_days")
def forget(
    settings: Settings,
    *,
    application: Annotated[
        str, typer.Option("--application", metavar="ID", help="Of which application.")
    ] = "taskrunner",
) -> int:
    """Delete the sessions of somebody who sent you their secret, and print the receipt for them.

    The secret is asked for on a terminal, else read from standard input: as an argument, everybody on the
    machine would see it. It is kept nowhere.
    """
    secret = (getpass.getpass("Secret: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if not rights.is_secret(secret):
        raise CollectorError(
            "forget.no-secret",
            "This is no secret: it has 64 hexadecimal digits, in lower case.",
            "Whoever wants to be forgotten has it from `taskrunner telemetry disable`.",
        )
    receipt = asyncio.run(_forget(settings, application, secret))
    print(msgspec.json.format(msgspec.json.encode(receipt), indent=2).decode())
    return 0


async def _forget(settings: Settings, application: str, secret: str) -> dict[str, Any]:
    store = await open_raw(settings)
    try:
        ids = rights.ids_of(secret, now=time.time(), days=rights.days_of_ids(settings))
        return await rights.forget(store, application, ids)
    finally:
        await store.close()
