"""The least that a collector could be: it validates nothing, and stores the same bytes by the same writer.

python tests/benchmarks/bare.py STORE
"""

import asyncio
import os
import sys
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from telemetry.collector.operations.log import Log
from telemetry.collector.server import Server, listen
from telemetry.collector.settings import Settings
from telemetry.collector.stores import open_raw
from telemetry.collector.stores.protocol import StoredSession


async def main() -> None:
    """Serve until SIGTERM."""
    store = await open_raw(Settings(store=sys.argv[1]))

    async def put(request: Request) -> Response:
        body = await request.body()
        now = int(time.time() * 1000)
        ids = os.urandom(16)
        await store.add(StoredSession(ids, ids, "bare", "1.0", now, now, now, on_ci=False, body=body))
        return Response(status_code=201)

    log = Log()
    with listen("127.0.0.1", 0) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        application = Starlette(routes=[Route("/v1/sessions", put, methods=["PUT"])])
        await Server(application, log, address=address).serve([listening])
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
