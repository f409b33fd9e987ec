"""The web application: the rooms' routes, as the role wants them, and what lives as long as it does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Coroutine
from typing import Any, Final

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from telemetry.collector import jobs, rights
from telemetry.collector.aggregates import Sums
from telemetry.collector.context import Context
from telemetry.collector.dashboard.routes import dashboard_routes
from telemetry.collector.dashboard.views import Views
from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.ingest.endpoint import Sessions
from telemetry.collector.ingest.refusals import Refusals
from telemetry.collector.operations import routes as operations
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.migrations import Told

__all__ = ["running"]

_LOOK_SECONDS: Final = 5.0
_AGAIN_SECONDS: Final = 2.0


@contextlib.asynccontextmanager
async def running(context: Context, *beside: Coroutine[Any, Any, None]) -> AsyncIterator[Starlette]:
    """Give the application, with its stores open and its daily work under way, until the block ends.

    `beside` is further work that goes on meanwhile. Raises CollectorError for what only the operator can
    mend. A store that does not answer yet is tried again and again; until then the answer is 503.
    """
    routes = operations.routes(context)
    async with contextlib.AsyncExitStack() as stack:
        if context.settings.role != "dashboard":
            routes += await _receiving(context, stack)
        if context.settings.role != "ingest":
            routes += await _showing(context, stack)
        for work in beside:
            await stack.enter_async_context(_beside(work))
        application = Starlette(routes=routes)
        # Starlette would redirect to an address made of the sender's own Host header.
        application.router.redirect_slashes = False
        yield application


async def _receiving(context: Context, stack: contextlib.AsyncExitStack) -> list[BaseRoute]:
    """Open the store of sessions, begin what goes on beside the service, and return the routes."""
    stack.push_async_callback(_close, context)
    await _open(context, stack)
    refusals = Refusals(context)
    for work in (refusals.keep_flushing(), jobs.run_daily(context), _keep_current(context)):
        await stack.enter_async_context(_beside(work))
    context.metrics.counter("collector_forgotten_sessions_total", "Sessions deleted at a person's wish.")
    return [Route("/v1/sessions", Sessions(context, refusals)), *rights.routes(context)]


async def _open(context: Context, stack: contextlib.AsyncExitStack) -> None:
    """Open the store of sessions; what does not answer, or has to be upgraded first, is left for later."""
    loop, is_later = asyncio.get_running_loop(), asyncio.Event()

    def told(old: int, new: int) -> None:
        context.log.write("store-upgrading", old=old, new=new)
        loop.call_soon_threadsafe(is_later.set)

    opening = asyncio.create_task(_until_opened(context, told, is_later))
    postponed = asyncio.create_task(is_later.wait())
    await asyncio.wait({opening, postponed}, return_when=asyncio.FIRST_COMPLETED)
    postponed.cancel()
    if opening.done():
        opening.result()
    else:
        await stack.enter_async_context(_beside(opening))


async def _until_opened(context: Context, told: Told, is_later: asyncio.Event) -> None:
    while context.sessions is None:
        try:
            context.sessions = await open_raw(context.settings, told)
        except StoreUnavailable as error:
            if not is_later.is_set():
                context.log.write("store-unavailable", store=str(error))
            is_later.set()
            await asyncio.sleep(_AGAIN_SECONDS)
    if is_later.is_set():
        context.log.write("store-available")


async def _showing(context: Context, stack: contextlib.AsyncExitStack) -> list[BaseRoute]:
    """Return the routes of the public pages, which are made from the store of sums alone."""
    sums = Sums(context.settings)
    stack.push_async_callback(sums.close)

    async def views() -> Views:
        return Views(await sums.opened(), context.catalogues, context.settings)

    with contextlib.suppress(StoreUnavailable):  # it is tried again with the first request
        await sums.opened()
    return dashboard_routes(views)


async def _close(context: Context) -> None:
    if context.sessions is not None:
        await context.sessions.close()


async def _keep_current(context: Context) -> None:
    """Look every few seconds whether the folders of catalogues changed."""
    await asyncio.to_thread(context.catalogues.load_symbols)
    while True:
        for problem in context.catalogues.problems:
            context.log.write("catalogue-unusable", problem=problem)
        changed = False
        while not changed:
            await asyncio.sleep(_LOOK_SECONDS)
            changed = await asyncio.to_thread(context.catalogues.refresh)
        context.log.write("catalogues-read", applications=len(context.catalogues.known))


@contextlib.asynccontextmanager
async def _beside(work: Awaitable[None]) -> AsyncIterator[None]:
    """Run work beside the block, and cancel it at the block's end."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
