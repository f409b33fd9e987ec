"""The client of one engine: plain calls, streams, and two-way connections."""

import json
import os
import select
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any, Self, TypeAlias, TypeVar

from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.endpoint import Endpoint, config_folder
from taskrunner.engine.errors import ApiError, connection_lost
from taskrunner.engine.http import Connection, Dropped, Garbled, Head, Query, encode_query
from taskrunner.engine.repeats import HARMLESS_TWICE, until_well
from taskrunner.engine.streams import Attachment, decode_json, json_lines, understand
from taskrunner.engine.transports import Transport, dialer
from taskrunner.errors import EngineError
from taskrunner.records import NamedTuple

__all__ = ["PATIENT", "Answer", "Client", "Ping", "Query", "Reply", "Write", "id_of"]

Write: TypeAlias = Callable[[bytes], None]

T = TypeVar("T")

PATIENT = 120.0
"""Seconds to wait for calls that make the engine work: create, start, remove, kill."""

_PROMPT = 60.0
# The newest API that was read through; Engine 29 still speaks it, and older ones get their own.
_NEWEST = (1, 47)
# Docker 18.03.1, as batect had it.
_OLDEST = (1, 37)
# From here on, an attachment's content type says whether it is multiplexed.
_TELLS_MULTIPLEXED = (1, 42)
# Engine 23. The mending of 20.10.27 cannot be told by the version of its API.
_SURVIVES_CROWDS = (1, 42)
_KEPT = 4


def id_of(answer: Any) -> str:
    """Return the id of what a call has made, for `Client.json`."""
    return str(answer["Id"])


class Ping(NamedTuple):
    """What an engine says about itself."""

    api_version: str
    """The newest API that it speaks."""
    server: str
    """Such as `Docker/20.10.24 (linux)`."""
    os_type: str
    builder_version: str
    """`2` where the engine prefers BuildKit."""


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


class _Call(NamedTuple):
    method: str
    target: str
    headers: Mapping[str, str]
    data: bytes
    timeout: float
    scope: CancelScope | None
    repeatable: bool
    """Whether the engine may be asked twice, whatever became of the first time."""


class Client:
    """Talks to one engine; threads may share it.

    Plain calls share a few connections that are kept open. Each stream and each attachment has one of
    its own. All raise EngineError: ApiError where the engine refuses, and else what stopped them.
    `docker_config` is the folder of Docker's config, which has the credentials of registries.
    """

    def __init__(self, endpoint: Endpoint, docker_config: str | None = None) -> None:
        self.endpoint = endpoint
        self.docker_config = docker_config or config_folder(os.environ)
        self._dialer = dialer(endpoint)
        self._kept: list[Connection] = []
        self._ahead: dict[str, Connection] = {}
        self._ping: Ping | None = None
        self._version = _NEWEST
        self._lock = Lock()

    def ping(self) -> Ping:
        """Return what the engine says about itself; asked once, and the API version settled with it.

        Raises EngineError where no engine answers, or one that is too old.
        """
        with self._lock:
            if self._ping is None:
                ping = _read_ping(self._call(_Call("GET", "/_ping", {}, b"", _PROMPT, None, repeatable=True)))
                self._version = min(_NEWEST, _checked_version(ping, self.endpoint))
                self._ping = ping
            return self._ping

    @property
    def is_docker(self) -> bool:
        """Whether the engine is Docker's own, rather than Podman's imitation."""
        return self.ping().server.startswith("Docker/")

    @property
    def survives_crowds(self) -> bool:
        """Whether several containers may leave a network at the same moment without its blocking itself."""
        return not (self.is_docker and self._version < _SURVIVES_CROWDS)

    def request(  # noqa: PLR0913 - keywords of which few are given
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        timeout: float = _PROMPT,
        scope: CancelScope | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """Make a call and return the whole answer.

        `body` is sent as JSON unless None. `timeout` is how many seconds the engine may stay silent.
        `repeatable` says that a POST, too, may be made again where the engine fails, as other methods are.
        """
        headers, data = _json_body(body)
        repeatable = repeatable or method in HARMLESS_TWICE
        return self._call(_Call(method, self._target(path, query), headers, data, timeout, scope, repeatable))

    def ask_ahead(self, path: str) -> None:
        """Send a GET whose answer will soon be asked for, so that the engine has it ready by then.

        Whatever is wrong with it is said then. Raises EngineError where no connection can be made.
        """
        target = self._target(path, None)
        connection = self._connect(None, _PROMPT)
        try:
            connection.send("GET", target, self._headers({}))
        except Dropped:
            connection.close()
            return
        self._ahead[target] = connection

    def json(  # noqa: PLR0913 - keywords of which few are given
        self,
        method: str,
        path: str,
        read: Callable[[Any], T],
        *,
        query: Query | None = None,
        body: object = None,
        timeout: float = _PROMPT,
        scope: CancelScope | None = None,
    ) -> T:
        """Make a call as `request` does, and return what `read` finds in the decoded body of the answer.

        An answer in which `read` does not find its way is none of a Docker Engine's.
        """
        answer = self.request(method, path, query=query, body=body, timeout=timeout, scope=scope)
        with _Translation(self.endpoint, scope):
            return understand(read, decode_json(answer.body))

    def stream(  # noqa: PLR0913 - keywords of which few are given
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        send: Callable[[Write], None] | None = None,
        scope: CancelScope | None = None,
        timeout: float | None = None,
    ) -> "Reply":
        """Make a call whose answer is read as it arrives; its headers have arrived on return.

        `send` is called with a function that takes the pieces of a body.
        """
        target = self._target(path, query)

        def attempt() -> Reply:
            return self._answering(
                self._connect(scope, timeout), (method, target), headers or {}, send, scope
            )

        return until_well(attempt, scope) if method in HARMLESS_TWICE else attempt()

    def hijack(
        self,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        scope: CancelScope | None = None,
        multiplexed: bool | None = None,
    ) -> Attachment:
        """Make a call that turns its connection into a two-way stream.

        `multiplexed` says whether two output streams share it; None believes the answer's content type.
        """
        target = self._target(path, query)
        headers, data = _json_body(body)
        connection = self._connect(scope, PATIENT)
        try:
            with _Translation(self.endpoint, scope):
                upgrade = {"Connection": "Upgrade", "Upgrade": "tcp", **headers}
                connection.send("POST", target, self._headers(upgrade), data)
                head = connection.read_head()
                _check(head, connection)
        except BaseException:
            _release(connection, scope)
            raise
        connection.socket.settimeout(None)
        return Attachment(
            connection, scope, multiplexed=self._is_multiplexed(head) if multiplexed is None else multiplexed
        )

    def close(self) -> None:
        """Close the connections that are kept, and what they share; the client stays usable."""
        self._drop_kept()
        self._dialer.close()

    def _drop_kept(self) -> None:
        while self._kept:
            self._kept.pop().close()
        for target in tuple(self._ahead):
            if (asked := self._ahead.pop(target, None)) is not None:
                asked.close()

    def _call(self, call: _Call) -> Answer:
        if call.repeatable:
            return until_well(lambda: self._call_once(call), call.scope)
        return self._call_once(call)

    def _call_once(self, call: _Call) -> Answer:
        if call.scope is not None:
            call.scope.check()
        try:
            if call.method == "GET" and (asked := self._ahead.pop(call.target, None)) is not None:
                return self._exchange(_tied(asked, call.scope, call.timeout), call, sent=True)
            connection = self._take_kept(call)
            if connection is not None:
                return self._exchange(connection, call)
        except Dropped as error:
            # The engine may close an idle connection at any moment. Where not a byte came back, a fresh
            # one may have the call again, if it does no harm twice: the engine may have acted on it.
            if error.received or not call.repeatable:
                raise connection_lost() from error
            self._drop_kept()
        with _Translation(self.endpoint, call.scope):
            return self._exchange(self._connect(call.scope, call.timeout), call)

    def _answering(
        self,
        connection: Connection,
        request: tuple[str, str],
        headers: Mapping[str, str],
        send: Callable[[Write], None] | None,
        scope: CancelScope | None,
    ) -> "Reply":
        reply = Reply(connection, self.endpoint, scope)
        try:
            with _Translation(self.endpoint, scope):
                if send is None:
                    connection.send(*request, self._headers({"Content-Length": "0", **headers}))
                else:
                    connection.send(*request, self._headers({"Transfer-Encoding": "chunked", **headers}))
                    _send_chunks(connection, send)
                reply.head = connection.read_head()
                _check(reply.head, connection)
        except BaseException:
            reply.close()
            raise
        return reply

    def _exchange(self, connection: Connection, call: _Call, *, sent: bool = False) -> Answer:
        keep = False
        try:
            with _Translation(self.endpoint, call.scope, dropped_too=False):
                if not sent:
                    connection.send(call.method, call.target, self._headers(call.headers), call.data)
                head = connection.read_head()
                headless = call.method == "HEAD"
                body = b"" if headless else connection.read_whole(head)
            keep = head.keeps_alive and not headless
        finally:
            if call.scope is not None:
                call.scope.discard(connection.socket)
            if keep and len(self._kept) < _KEPT:
                self._kept.append(connection)
            else:
                connection.close()
        if head.status >= 400:
            raise _refusal(head.status, body)
        return Answer(head.status, head.headers, body)

    def _take_kept(self, call: _Call) -> Connection | None:
        while True:
            try:
                connection = self._kept.pop()
            except IndexError:
                return None
            if _is_quiet(connection.socket):
                return _tied(connection, call.scope, call.timeout)
            connection.close()

    def _connect(self, scope: CancelScope | None, timeout: float | None) -> Connection:
        return _tied(Connection(self._dialer.connect()), scope, timeout)

    def _target(self, path: str, query: Query | None) -> str:
        self.ping()
        return f"/v{self._version[0]}.{self._version[1]}{path}{encode_query(query or {})}"

    def _headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        return {"Host": self.endpoint.host or "docker", "User-Agent": "taskrunner", **headers}

    def _is_multiplexed(self, head: Head) -> bool:
        # Before, only a container with a terminal was not, and ours have none.
        raw = head.headers.get("content-type") == "application/vnd.docker.raw-stream"
        return not (raw and self._version >= _TELLS_MULTIPLEXED)


class Reply:
    """An answer that is read as it arrives: iterate once, over pieces or JSON values, and close."""

    def __init__(self, connection: Connection, endpoint: Endpoint, scope: CancelScope | None) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._scope = scope
        self.head = Head(0, {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        with _Translation(self._endpoint, self._scope):
            yield from self._connection.read_body(self.head)

    def values(self, read: Callable[[Any], T]) -> Iterator[T]:
        """Yield what `read` finds in each JSON value of an answer that has one in each line."""
        with _Translation(self._endpoint, self._scope):
            for value in json_lines(self):
                yield understand(read, value)

    def close(self) -> None:
        """Drop the connection, and with it what was not read."""
        _release(self._connection, self._scope)


class _Translation:
    """Turns what goes wrong on a connection into errors for people."""

    def __init__(self, endpoint: Endpoint, scope: CancelScope | None, *, dropped_too: bool = True) -> None:
        self._endpoint = endpoint
        self._scope = scope
        self._dropped_too = dropped_too

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        if self._scope is not None and isinstance(error, Dropped):
            self._scope.check()
        if isinstance(error, Dropped) and self._dropped_too:
            raise connection_lost() from error
        if isinstance(error, TimeoutError):
            raise EngineError(
                "engine.timeout",
                "The engine did not answer in time.",
                "It may be very busy, or stuck: does `docker ps` answer?",
            ) from error
        if isinstance(error, Garbled):
            raise EngineError(
                "engine.not-an-engine",
                f"What answers at {self._endpoint.text} is no Docker Engine.",
                "Check the address: --docker-host, DOCKER_HOST or the Docker context.",
            ) from error


def _tied(connection: Connection, scope: CancelScope | None, timeout: float | None) -> Connection:
    connection.socket.settimeout(timeout)
    try:
        if scope is not None:
            scope.add(connection.socket)
    except Cancelled:
        connection.close()
        raise
    return connection


def _is_quiet(sock: Transport) -> bool:
    # Between calls nothing may arrive: what does is the end, or the late part of a broken answer.
    poller = select.poll()
    poller.register(sock, select.POLLIN)
    return not poller.poll(0)


def _release(connection: Connection, scope: CancelScope | None) -> None:
    if scope is not None:
        scope.discard(connection.socket)
    connection.close()


def _send_chunks(connection: Connection, send: Callable[[Write], None]) -> None:
    try:
        send(connection.send_chunk)
        connection.send_chunk(b"")
    except Dropped:
        # An engine that refuses a body closes without reading it all: its answer says why.
        return


def _json_body(body: object) -> tuple[Mapping[str, str], bytes]:
    if body is None:
        return {"Content-Length": "0"}, b""
    data = json.dumps(body).encode()
    return {"Content-Type": "application/json", "Content-Length": str(len(data))}, data


def _check(head: Head, connection: Connection) -> None:
    if head.status >= 400:
        raise _refusal(head.status, connection.read_whole(head))


def _refusal(status: int, body: bytes) -> ApiError:
    text = body.decode(errors="replace").strip()
    try:
        message = str(json.loads(text)["message"]).strip()
    except (ValueError, LookupError, TypeError, RecursionError):
        message = text
    return ApiError("engine.refused", status, message or f"The engine answered with status {status}.")


def _read_ping(answer: Answer) -> Ping:
    headers = answer.headers
    return Ping(
        headers.get("api-version", ""),
        headers.get("server", ""),
        headers.get("ostype", ""),
        headers.get("builder-version", ""),
    )


def _checked_version(ping: Ping, endpoint: Endpoint) -> tuple[int, int]:
    major, _, minor = ping.api_version.partition(".")
    if not (major.isdecimal() and minor.isdecimal()):
        raise EngineError(
            "engine.not-an-engine",
            f"What answers at {endpoint.text} is no Docker Engine: it names no API version.",
            "Check the address: --docker-host, DOCKER_HOST or the Docker context.",
        )
    version = int(major), int(minor)
    if version < _OLDEST:
        raise EngineError(
            "engine.too-old",
            f"The engine at {endpoint.text} speaks version {ping.api_version} of the API, "
            f"and {_OLDEST[0]}.{_OLDEST[1]} is needed.",
            "Update the engine: Docker 18.03.1 is the oldest that will do.",
        )
    return version
