"""Sends what waits to the collector behind this one, and hands wishes of people on to it."""

import asyncio
import json
import time
from typing import Any, Final, NamedTuple

from telemetry import transport
from telemetry.collector.catalogues import Catalogues
from telemetry.collector.errors import CollectorError, StoreUnavailable
from telemetry.collector.operations.log import Log
from telemetry.collector.relay.policy import Policy, applied, person_secret
from telemetry.collector.relay.queue import Queue, Waiting
from telemetry.collector.rights import ids_of
from telemetry.collector.stores.protocol import MILLISECONDS_A_DAY, StoredSession
from telemetry.collector.summary.reading import is_release

__all__ = ["Forwarder", "Upstreams", "checked_url"]

_LOOK_SECONDS: Final = 1.0
_LONGEST_WAIT: Final = 900.0
_SESSIONS: Final = "/v1/sessions"


class Upstreams(NamedTuple):
    """Where sessions go."""

    production: str
    development: str
    """For versions that are not exactly X.Y.Z; empty keeps them inside."""

    def of(self, version: str) -> str:
        """Return where a version's sessions go."""
        return self.production if is_release(version) else self.development


class Forwarder:
    """What a relay does besides what every collector does."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        queue: Queue,
        catalogues: Catalogues,
        upstreams: Upstreams,
        policy: Policy,
        log: Log,
        *,
        days: int,
    ) -> None:
        self._queue = queue
        self._catalogues = catalogues
        self._upstreams = upstreams
        self._policy = policy
        self._log = log
        self._days = days
        self._secret = queue.secret()

    async def take(self, session: StoredSession) -> None:
        """Let a stored session wait to leave, as far as the policy lets it. Raises StoreUnavailable."""
        upstream = self._upstreams.of(session.version)
        known = self._catalogues.known.get(session.application)
        if not upstream or known is None:
            return
        body = applied(session.body, known.newest, self._policy, self._secret)
        if body is not None:
            waiting = Waiting(
                session.session_id, session.user_id, session.application, upstream, session.received, body
            )
            await asyncio.to_thread(self._queue.add, waiting)

    async def keep_sending(self) -> None:
        """Send what waits, oldest first, until cancelled."""
        wait = _LOOK_SECONDS
        while True:
            await asyncio.sleep(wait)
            try:
                wait = await asyncio.to_thread(self._pass, wait)
            except StoreUnavailable as error:
                self._log.write("relay-postponed", store=str(error))

    async def hand_on(self, path: str, body: bytes) -> tuple[int, Any]:
        """Ask the collector behind this one for a person's data, or to delete it."""
        return await asyncio.to_thread(self._hand_on, path, body)

    def _pass(self, before: float) -> float:
        """Send until nothing waits or something fails; return the seconds to wait for the next pass."""
        now = int(time.time() * 1000)
        self._queue.expire(now - self._days * MILLISECONDS_A_DAY)
        while not self._queue.state().paused:
            found = self._queue.next()
            if not found:
                return _LOOK_SECONDS
            outcome = transport.put(found[0].upstream + _SESSIONS, found[0].body)
            match outcome.verdict:
                case "stored":
                    self._queue.sent(found[0], now, outcome.answer)
                case "refused":
                    self._queue.drop(found[0], outcome.answer)
                    self._log.write("relay-refused", answer=outcome.answer)
                case _:
                    self._queue.answered(outcome.answer)
                    self._log.write("relay-waits", answer=outcome.answer)
                    return min(_LONGEST_WAIT, outcome.retry_after or max(2.0, before * 2))
        return _LOOK_SECONDS

    def _hand_on(self, path: str, body: bytes) -> tuple[int, Any]:
        asked = json.loads(body)
        application = asked["applicationId"]
        users = ids_of(asked["secret"], now=time.time(), days=self._days + 40)
        is_deletion = path.endswith("/delete")
        if is_deletion:
            self._queue.forget(users)
        answers = []
        for user, upstream in self._queue.gone_out(application, users):
            secret = person_secret(self._secret, user)
            wish = json.dumps({"applicationId": application, "secret": secret}).encode()
            try:
                status, answer = transport.post(upstream + path, wish)
            except transport.TransportError:
                return 503, None
            if status != 200:
                return status, None
            if is_deletion:
                self._queue.forgotten(user, application, upstream)
            answers.append(json.loads(answer))
        return 200, answers


def checked_url(text: str, setting: str) -> str:
    """Return the address of a collector without a slash at its end. Raises CollectorError.

    It is https://…, or http://… on this machine.
    """
    from urllib.parse import urlsplit

    parts = urlsplit(text)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and local)
    if parts.hostname and is_safe and not parts.query and not parts.fragment:
        return text.rstrip("/").removesuffix(_SESSIONS)
    raise CollectorError(
        "relay.bad-upstream",
        f"{setting} takes no {text!r}.",
        "It is https://HOST, or http:// on this machine.",
    )
