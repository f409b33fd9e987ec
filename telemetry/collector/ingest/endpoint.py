"""`PUT /v1/sessions`: the way of a session from its request to its answer."""

import time
from collections.abc import Mapping
from typing import Any, Final

from telemetry.collector.context import Context
from telemetry.collector.errors import StoreUnavailable
from telemetry.collector.ingest import answers, limits
from telemetry.collector.ingest.answers import Answer, Send
from telemetry.collector.ingest.body import BodyError, Gone, Head, Receive, drained, read
from telemetry.collector.ingest.judge import Judge, Later, Refused
from telemetry.collector.ingest.rate import Addresses, Limit
from telemetry.collector.ingest.refusals import Refusals

__all__ = ["Sessions"]

_ANSWERS: Final = "collector_sessions_total"
_SECONDS: Final = "collector_session_seconds"

_NOT_ALLOWED: Final = answers.problem("method", 405, "Sessions are sent with PUT.", (b"allow", b"PUT"))
_NEWER: Final = {
    "catalogue": "This release's catalogue is not known here yet; please try again later.",
    "symbols": "This release's symbols are not known here yet; please try again later.",
}


class Sessions:
    """The ASGI application that takes sessions. Nothing of a request outlives it but what is stored."""

    def __init__(self, context: Context, refusals: Refusals) -> None:
        self._context = context
        self._refusals = refusals
        self._judge = Judge(context.catalogues)
        self._addresses = Addresses(context.settings.trusted_proxy)
        self._by_address = Limit(context.settings.rate_address)
        self._by_user = Limit(context.settings.rate_user)
        metrics = context.metrics
        metrics.counter(_ANSWERS, "Requests to store a session, by answer.")
        metrics.histogram(_SECONDS, "Seconds from the head of a request to its answer.")
        metrics.gauge(
            "collector_rate_limited_addresses", "Addresses remembered for limits.", self._by_address.__len__
        )
        metrics.gauge(
            "collector_rate_limited_users", "User ids remembered for limits.", self._by_user.__len__
        )

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = time.perf_counter()
        close = False
        try:
            answer = await self._answer(scope, receive)
        except BodyError as error:
            answer, close = error.answer, error.unread and not await drained(scope["headers"], receive)
        except Gone:
            self._context.metrics.add(_ANSWERS, answer="gone-away")
            return
        self._context.metrics.add(_ANSWERS, answer=answer.word)
        self._context.metrics.observe(_SECONDS, time.perf_counter() - start)
        await answers.send(send, answer, close=close)

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> Answer:
        if scope["method"] != "PUT":
            raise BodyError(_NOT_ALLOWED, unread=True)
        if self._context.settings.retired:
            raise BodyError(answers.GONE, unread=True)
        headers = scope["headers"]
        peer = scope["client"]
        wait = self._by_address.wait(self._addresses.key(peer[0] if peer else "", headers), time.monotonic())
        if wait:
            raise BodyError(answers.later("limited", 429, "Too many requests.", wait), unread=True)
        body = await read(Head.of(headers), receive, seconds=self._context.settings.patience)
        return await self._stored(body)

    async def _stored(self, body: bytes) -> Answer:
        now = int(time.time() * 1000)
        verdict = self._judge.judge(body, now)
        if isinstance(verdict, Refused):
            self._refusals.note(verdict.application, verdict.faults, now)
            return answers.refused(verdict.faults)
        if isinstance(verdict, Later):
            return answers.later("newer", 503, _NEWER[verdict.reason], limits.NEWER_SECONDS)
        wait = self._by_user.wait(verdict.user_id, time.monotonic())
        if wait:
            return answers.later("limited", 429, "Too many sessions of one user id.", wait)
        try:
            is_new = await self._context.raw.add(verdict)
            if self._context.forward is not None:
                # Also where it was stored before: this relay may have ended between the two.
                await self._context.forward(verdict)
        except StoreUnavailable:
            return answers.BUSY
        return answers.STORED if is_new else answers.DUPLICATE
