"""The dashboard's addresses: pages, data, and what browsers are told to do and not to do with them."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemetry.collector.dashboard.data import TABLES, query_of
from telemetry.collector.dashboard.rendering import PAGES, Place, template_text
from telemetry.collector.dashboard.views import Views
from telemetry.collector.errors import StoreUnavailable

__all__ = ["HEADERS", "dashboard_routes"]

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}
_KEPT: Final = 256
_AGE: Final = "public, max-age=300"
_KNOWN: Final = ("app", "site", "who", "version", "weeks")
_HTML: Final = "text/html; charset=utf-8"
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}

Make = Callable[[Mapping[str, str]], Awaitable[str]]


class _Made(NamedTuple):
    """An answer that is kept."""

    body: bytes
    tag: str


class _Kept:
    """Answers that were made already, until something new is published."""

    def __init__(self, views: Callable[[], Awaitable[Views]]) -> None:
        self._views = views
        self._stamp = ""
        self._made: OrderedDict[str, _Made] = OrderedDict()

    async def answer(self, request: Request, kind: str, make: Make) -> Response:
        """Return an answer, or 304 where the reader has it, or 503 where the sums cannot be read."""
        query = {key: value for key in _KNOWN if (value := request.query_params.get(key))}
        try:
            made = await self._of(f"{request.url.path}?{query}", query, make)
        except StoreUnavailable:
            return Response(
                "The sums cannot be read just now. Please try again in a minute.\n",
                503,
                {**HEADERS, "Retry-After": "60"},
                "text/plain",
            )
        headers = {**HEADERS, "ETag": made.tag, "Cache-Control": _AGE}
        if kind != _HTML:
            headers["Access-Control-Allow-Origin"] = "*"
        if made.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(made.body, 200, headers, kind)

    async def _of(self, key: str, query: Mapping[str, str], make: Make) -> _Made:
        stamp = await (await self._views()).stamp()
        if stamp != self._stamp:
            self._stamp = stamp
            self._made.clear()
        made = self._made.get(key)
        if made is None:
            body = (await make(query)).encode()
            made = self._made[key] = _Made(body, f'"{hashlib.sha256(body).hexdigest()[:24]}"')
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        else:
            self._made.move_to_end(key)
        return made


def dashboard_routes(views: Callable[[], Awaitable[Views]]) -> list[BaseRoute]:
    """Return the routes; `views` raises StoreUnavailable while the store is not open."""
    kept, place = _Kept(views), Place()

    def route(path: str, kind: str, make: Make) -> Route:
        async def endpoint(request: Request) -> Response:
            return await kept.answer(request, kind, make)

        return Route(path, endpoint)

    def page(name: str) -> Make:
        async def make(query: Mapping[str, str]) -> str:
            return await (await views()).page(name, query, place)

        return make

    def table(name: str, form: str) -> Make:
        async def make(query: Mapping[str, str]) -> str:
            return await (await views()).table(name, form, query)

        return make

    async def privacy(query: Mapping[str, str]) -> str:
        return await (await views()).privacy(query, place)

    async def data_index(query: Mapping[str, str]) -> str:
        return await (await views()).data_index(query, place)

    return [
        *(route(f"/{name}", _HTML, page(name)) for name in PAGES),
        route("/privacy", _HTML, privacy),
        route("/data/", _HTML, data_index),
        *(
            route(f"/data/{name}.{form}", kind, table(name, form))
            for name in TABLES
            for form, kind in _TYPES.items()
        ),
        *(_fixed(f"/data/queries/{name}.sql", query_of(name), "text/plain") for name in TABLES),
        _fixed("/style.css", template_text("style.css"), "text/css"),
        _fixed("/icon.svg", template_text("icon.svg"), "image/svg+xml"),
    ]


def _fixed(path: str, text: str, kind: str) -> Route:
    """Return the route of a file that is part of the release."""
    body = text.encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {**HEADERS, "ETag": tag, "Cache-Control": _AGE}

    async def endpoint(request: Request) -> Response:
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, 200, headers, kind)

    return Route(path, endpoint)
