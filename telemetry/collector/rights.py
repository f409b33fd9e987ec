"""`POST /v1/me` and `/v1/me/delete`: a person's own data, for whoever holds the secret behind its ids.

The secret comes in the body and is forgotten with the answer: in an address it would end up in logs.
"""

import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemetry.collector.context import Context
from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.ingest import limits
from telemetry.collector.ingest.answers import Answer, later, problem
from telemetry.collector.ingest.body import BodyError, Gone, Head, read
from telemetry.collector.ingest.instants import is_instant, milliseconds
from telemetry.collector.ingest.rate import Addresses, Limit
from telemetry.collector.settings import Settings
from telemetry.collector.stores.protocol import NEWEST, Audit, RawStore, StoredSession
from telemetry.collector.transfer import instant
from telemetry.entries import LEVELS
from telemetry.identity import user_id
from telemetry.values import is_id

__all__ = ["days_of_ids", "forget", "ids_of", "is_secret", "routes"]

_A_MINUTE: Final = 12
"""Requests of one address: each costs a search, and nobody needs many."""
_MOST_SESSIONS: Final = 1000
"""In one answer: of the largest sessions that are 64 MiB."""
_WEEK_SECONDS: Final = 7 * 24 * 3600

_BUSY: Final = later("unavailable", 503, "The store cannot be asked now; please try again.", 60)
_UPSTREAM: Final = later(
    "upstream", 503, "The collector behind this one did not confirm; please try again.", 60
)
_WRONG: Final = problem(
    "invalid",
    400,
    "The body is an object with applicationId and secret, 64 hexadecimal digits in lower case.",
)
_METHOD: Final = problem("method", 405, "These requests are sent with POST.", (b"allow", b"POST"))

_Handler = Callable[["_Person"], Awaitable[dict[str, Any]]]


class _Person(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Who asks."""

    application_id: str
    secret: str
    before: str = ""
    """Of `/v1/me`: the instant before which sessions were received, to get what an answer had no room for."""
    before_session: str = ""
    """With it: the last session of that answer, since others may have come in the same millisecond."""

    def __post_init__(self) -> None:
        if self.before and not is_instant(self.before):
            raise ValueError("no instant")
        if self.before_session and not is_id(self.before_session):
            raise ValueError("no id")
        if not is_secret(self.secret):
            raise ValueError("no secret")


_decode: Final = msgspec.json.Decoder(_Person).decode


def is_secret(text: str) -> bool:
    """Return whether a text has the form of a person's secret."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def days_of_ids(settings: Settings) -> int:
    """Return how far back a session may have been made that is still held."""
    return settings.raw_days + limits.MOST_AGE_SECONDS // (24 * 3600)


def ids_of(secret: str, *, now: float, days: int) -> list[bytes]:
    """Return every user id that a secret gave in the last `days` days: one that lasts, and one a week."""
    first, last = now - days * 24 * 3600, now + limits.MOST_AHEAD_SECONDS
    weeks = range(int(first), int(last) + _WEEK_SECONDS, _WEEK_SECONDS)
    found = {user_id(secret, "basic", at) for at in (*weeks, last)}
    found |= {user_id(secret, level, now) for level in LEVELS[2:]}
    return sorted(bytes.fromhex(each.replace("-", "")) for each in found)


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of people's rights."""
    limit = Limit(_A_MINUTE)
    addresses = Addresses(context.settings.trusted_proxy)

    def route(path: str, handle: _Handler) -> Route:
        async def answered(request: Request) -> Response:
            try:
                return _response(await _answer(request, handle))
            except BodyError as error:
                return _response(error.answer)

        async def _answer(request: Request, handle: _Handler) -> Answer:
            if request.method != "POST":
                return _METHOD
            peer = request.client.host if request.client else ""
            wait = limit.wait(addresses.key(peer, request.headers.raw), time.monotonic())
            if wait:
                return later("limited", 429, "Too many requests.", wait)
            return await _handled(context, path, request, handle)

        return Route(path, answered, methods=["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])

    async def own(person: _Person) -> dict[str, Any]:
        return await _own(context, person)

    async def delete(person: _Person) -> dict[str, Any]:
        return await _delete(context, person)

    return [route("/v1/me", own), route("/v1/me/delete", delete)]


async def _handled(context: Context, path: str, request: Request, handle: _Handler) -> Answer:
    try:
        head, patience = Head.of(request.headers.raw), context.settings.patience
        body = await read(head, request.receive, seconds=patience)
        person = _decode(body)
    except (msgspec.DecodeError, RecursionError, Gone):
        return _WRONG
    try:
        found = await handle(person)
    except StoreUnavailable:
        return _BUSY
    if context.upstream is not None:
        status, answer = await context.upstream(path, body)
        if status != 200:
            return _UPSTREAM
        found["upstream"] = answer
    return Answer("done", 200, msgspec.json.encode(found))


async def _own(context: Context, person: _Person) -> dict[str, Any]:
    """Return a person's sessions, the newest first."""
    # One more than there is room for tells whether there are more.
    found = await context.raw.of_users(
        person.application_id,
        _ids(context, person),
        most=_MOST_SESSIONS + 1,
        before=_place(person),
    )
    shown = found[:_MOST_SESSIONS]
    return {
        "applicationId": person.application_id,
        "complete": len(found) == len(shown),
        **({} if len(found) == len(shown) else {"next": _after(shown[-1])}),
        "sessions": [
            {"received": instant(each.received), "session": msgspec.Raw(each.body)} for each in shown
        ],
    }


def _place(person: _Person) -> tuple[int, bytes]:
    """Return where an answer begins."""
    if not person.before:
        return NEWEST
    session = uuid.UUID(person.before_session).bytes if person.before_session else b""
    return milliseconds(person.before), session


def _after(session: StoredSession) -> dict[str, str]:
    """Return what to ask with for all that comes after a session."""
    return {
        "before": instant(session.received),
        "beforeSession": str(uuid.UUID(bytes=session.session_id)),
    }


async def _delete(context: Context, person: _Person) -> dict[str, Any]:
    receipt = await forget(context.raw, person.application_id, _ids(context, person))
    context.metrics.add("collector_forgotten_sessions_total", receipt["deletedSessions"])
    return receipt


async def forget(store: RawStore, application: str, users: Sequence[bytes]) -> dict[str, Any]:
    """Delete the sessions of a person's ids, note that, and return the receipt."""
    number = await store.delete_users(application, users)
    now = int(time.time() * 1000)
    if number:
        await store.add_audit(Audit(now, "forget", "a person's own wish", number))
    return {
        "receipt": str(uuid.uuid4()),
        "applicationId": application,
        "deletedSessions": number,
        "time": instant(now),
        "note": "The sessions are deleted. Sums that are not frozen yet are made anew without them.",
    }


def _ids(context: Context, person: _Person) -> list[bytes]:
    return ids_of(person.secret, now=time.time(), days=days_of_ids(context.settings))


def _response(answer: Answer) -> Response:
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(
        answer.body,
        answer.status,
        {**headers, "cache-control": "no-store"},
        media_type="application/json",
    )
