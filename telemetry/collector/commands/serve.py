"""`taskrunner-collector serve`."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from telemetry.collector.catalogues import of_settings
from telemetry.collector.context import Context
from telemetry.collector.operations.log import Log
from telemetry.collector.operations.metrics import Metrics
from telemetry.collector.options import with_settings
from telemetry.collector.settings import Settings

__all__ = ["run", "serve"]


@with_settings(*Settings._fields)
def serve(settings: Settings) -> int:
    """Receive sessions, and show what is public, until Ctrl-C or SIGTERM.

    Without options it listens on 127.0.0.1:8484 and keeps everything in ~/.taskrunner-collector.
    """
    context = Context(settings, of_settings(settings), Metrics(), Log(settings.log))
    asyncio.run(run(context))
    return 0


async def run(context: Context, *beside: Coroutine[Any, Any, None]) -> None:
    """Serve until a signal ends it, with other work beside."""
    from telemetry.collector.app import running
    from telemetry.collector.server import Server, listen

    settings = context.settings
    with listen(settings.host, settings.port) as listening:
        async with running(context, *beside) as application:
            host, port = listening.getsockname()[:2]
            facts = {"role": settings.role, "address": f"http://{host}:{port}/"}
            server = Server(application, context.log, patience=settings.patience, **facts)
            await server.serve(sockets=[listening])
    context.log.write("stopped")
    context.log.close()
