"""`taskrunner-collector publish`."""

import asyncio
from typing import Annotated

import typer

from telemetry.collector.aggregates import open_aggregates
from telemetry.collector.catalogues import of_settings
from telemetry.collector.dashboard.static_site import write_site
from telemetry.collector.dashboard.views import Views
from telemetry.collector.options import with_settings
from telemetry.collector.settings import Settings

__all__ = ["publish"]


@with_settings("store", "aggregates", "catalog", "batect", "privacy", "raw_days", "log_days")
def publish(
    settings: Settings,
    *,
    to: Annotated[str, typer.Option("--to", metavar="DIR", help="Folder to write the files into.")],
    application: Annotated[
        str, typer.Option("--application", metavar="ID", help="Which one; by default the first.")
    ] = "",
) -> int:
    """Write the dashboard and its data as files, for any web server: all that is published, nothing else."""
    number = asyncio.run(_publish(settings, to, application))
    print(f"{number} files were written to {to}.")
    return 0


async def _publish(settings: Settings, to: str, application: str) -> int:
    store = await open_aggregates(settings)
    try:
        return await write_site(Views(store, of_settings(settings), settings), to, application)
    finally:
        await store.close()
