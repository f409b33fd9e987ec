"""`taskrunner-collector serve`."""

from telemetry.collector.catalogues import Catalogues
from telemetry.collector.context import Context
from telemetry.collector.operations.log import Log
from telemetry.collector.operations.metrics import Metrics
from telemetry.collector.options import with_settings
from telemetry.collector.settings import Settings

__all__ = ["serve"]


@with_settings(*Settings._fields)
def serve(settings: Settings) -> int:
    """Receive sessions, and show what is public, until Ctrl-C or SIGTERM.

    Without options it listens on 127.0.0.1:8484 and keeps everything in ~/.taskrunner-collector.
    """
    import uvicorn

    from telemetry.collector.app import build

    context = Context(settings, Catalogues(settings.catalog), Metrics(), Log(settings.log))
    server = uvicorn.Server(
        uvicorn.Config(
            build(context),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="on",
        )
    )
    server.run()
    return 0 if server.started else 1
