"""The HTTP server: uvicorn, bounded where it leaves senders all the time they like, and its logs."""

import asyncio
import contextlib
import logging
import resource
import signal
import socket
import traceback
from collections.abc import Iterator
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from telemetry.collector.errors import CollectorError
from telemetry.collector.operations.log import Log

__all__ = ["Server", "listen"]

_HEAD_BYTES: Final = 16 * 1024
_IDLE_SECONDS: Final = 20
_STOP_SECONDS: Final = 15
_MOST_CONNECTIONS: Final = 2000
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)
_BACKLOG: Final = 1024


class Server(uvicorn.Server):
    """Serves an application on a socket until SIGINT or SIGTERM; what was accepted is answered first."""

    def __init__(self, application: Any, log: Log, *, patience: float = 10.0, **facts: str) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=_protocol(patience),
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=_STOP_SECONDS,
                h11_max_incomplete_event_size=_HEAD_BYTES,
                limit_concurrency=_MOST_CONNECTIONS,
            )
        )
        self._log = log
        self._facts = facts
        _take_logs(log)
        _allow_connections()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and say so with the given facts: from now on a signal ends it in good order."""
        await super().startup(sockets)
        self._log.write("ready", **self._facts)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals end the service.

        A further one must not end the process while the stores are being closed, nor until it is gone.
        uvicorn's own way would raise them again at the end, and a closed loop gives those that were handled
        by it back to what kills.
        """
        loop = asyncio.get_running_loop()
        for number in _ENDING:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._stop))
        try:
            yield
        finally:
            for number in _ENDING:
                signal.signal(number, signal.SIG_IGN)

    def _stop(self) -> None:
        self.force_exit = self.should_exit  # whoever asks twice does not want to wait
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises CollectorError where there can be none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where it is told that this is TCP: else an answer in two
    # writes waits 40 ms for the other side's delayed acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise CollectorError(
            "serve.address",
            f"It is not possible to listen on {host}, port {port}: {reason}.",
            "Choose another: --host, --port.",
        ) from error
    return listening


class _Protocol(H11Protocol):
    """Closes a connection whose request does not come to the end of its head in time.

    uvicorn bounds only the time between requests: a sender of one byte a minute would stay for ever.
    """

    patience: float
    """Seconds from the opening of a connection, or a further request's first byte, to the end of its head."""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        before: object = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._unexpect()
        elif self._deadline is None and getattr(before, "response_complete", True):
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unexpect()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(self.patience, self.transport.close)

    def _unexpect(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _protocol(patience: float) -> type[_Protocol]:
    return type("_PatientProtocol", (_Protocol,), {"patience": patience})


class _IntoLog(logging.Handler):
    """Brings what libraries log into ours, without their texts: those may hold what was sent."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, str] = {"logger": record.name, "level": record.levelname}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            frames = traceback.extract_tb(error.__traceback__)
            facts["error"] = type(error).__name__
            facts["at"] = " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames[-12:])
        self._log.write("library", **facts)


def _take_logs(log: Log) -> None:
    root = logging.getLogger()
    root.handlers[:] = [_IntoLog(log)]


def _allow_connections() -> None:
    """Raise the number of files that this process may have open, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * _MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 2 * _MOST_CONNECTIONS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
