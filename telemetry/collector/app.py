"""The web application: the rooms' routes, as the role wants them, and what lives as long as it does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from telemetry.collector import jobs
from telemetry.collector.context import Context
from telemetry.collector.operations import routes as operations
from telemetry.collector.stores import open_raw

__all__ = ["build"]


def build(context: Context) -> Starlette:
    """Return the application; its lifespan opens and closes what it needs."""
    return Starlette(routes=_routes(context), lifespan=lambda _app: _lifespan(context))


def _routes(context: Context) -> list[BaseRoute]:
    # Each room has a function like this one; which are asked depends on the role.
    return [*operations.routes(context)]


@contextlib.asynccontextmanager
async def _lifespan(context: Context) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        if context.settings.role != "dashboard":
            context.sessions = await open_raw(context.settings)
            stack.push_async_callback(context.sessions.close)
            await stack.enter_async_context(_in_background(jobs.run_daily(context)))
        yield


@contextlib.asynccontextmanager
async def _in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run work beside the block, and cancel it at the block's end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
