"""`taskrunner-collector example`."""

import sys
import time
from typing import Annotated

import typer

from telemetry.collector import transfer
from telemetry.collector.catalogues import of_settings
from telemetry.collector.errors import CollectorError
from telemetry.collector.options import with_settings
from telemetry.collector.population import population
from telemetry.collector.settings import Settings

__all__ = ["example"]


@with_settings("catalog", "raw_days")
def example(
    settings: Settings,
    *,
    number: Annotated[
        int, typer.Option("-n", "--number", metavar="N", min=1, help="How many sessions.")
    ] = 100,
    application: Annotated[
        str, typer.Option("--application", metavar="ID", help="Of which application.")
    ] = "taskrunner",
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="The same seed gives the same sessions.")
    ] = 1,
) -> int:
    """Write made-up sessions of made-up people, for `import`: something to look at before there are users."""
    catalogues = of_settings(settings)
    catalogues.load_symbols()
    known = catalogues.known.get(application)
    if known is None:
        raise CollectorError(
            "example.unknown-application",
            f"No catalogue of {application!r} is known here.",
            "Install the application beside the collector, or name a folder with its catalogue: --catalog.",
        )
    write = sys.stdout.buffer.write
    first = True
    manifest = known.manifests[max(known.manifests)] if known.manifests else None
    for made in population(known.newest, number, seed=seed, now=time.time(), manifest=manifest):
        expires = transfer.expiry(made.received, settings.raw_days)
        if first:
            write(transfer.head(expires))
            first = False
        write(transfer.line(made.received, expires, made.body))
    sys.stdout.buffer.flush()
    return 0
