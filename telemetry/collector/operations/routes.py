"""What an operator and a balancer ask: alive, healthy, ready, and the numbers."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from telemetry.collector.context import Context
from telemetry.collector.dashboard.data import TABLES
from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.operations import openapi
from telemetry.collector.version import version

__all__ = ["routes"]


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that every role has."""

    async def ping(_request: Request) -> Response:
        return PlainTextResponse("pong")

    async def healthy(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        if context.settings.role != "dashboard":
            try:
                await context.raw.check()
            except StoreUnavailable as error:
                return JSONResponse({"status": "unavailable", "store": str(error)}, status_code=503)
        return JSONResponse({"status": "ready"})

    async def metrics(_request: Request) -> Response:
        return PlainTextResponse(context.metrics.text(), media_type="text/plain; version=0.0.4")

    role = context.settings.role
    described = openapi.document(
        receiving=role != "dashboard", tables=TABLES if role != "ingest" else (), version=version()
    )

    async def description(_request: Request) -> Response:
        return JSONResponse(described)

    return [
        Route("/openapi.json", description),
        Route("/ping", ping),
        Route("/healthz", healthy),
        Route("/readyz", ready),
        Route("/metrics", metrics),
    ]
