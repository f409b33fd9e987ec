"""The answers of `PUT /v1/sessions`: the status codes and the envelope of batect's own server."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, NamedTuple

import msgspec

from telemetry.record import Fault

__all__ = ["BUSY", "DUPLICATE", "GONE", "STORED", "Answer", "Send", "later", "problem", "refused", "send"]

Send = Callable[[dict[str, Any]], Awaitable[None]]

_JSON: Final = (b"content-type", b"application/json")
_NO_STORE: Final = (b"cache-control", b"no-store")


class Answer(NamedTuple):
    """A whole answer; `word` is its name in metrics and logs."""

    word: str
    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


STORED: Final = Answer("stored", 201)
DUPLICATE: Final = Answer("duplicate", 304)


def problem(word: str, status: int, message: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Return an answer that says why a request was not done; the message is a fixed sentence."""
    return Answer(word, status, msgspec.json.encode({"message": message}), headers)


def later(word: str, status: int, message: str, seconds: int) -> Answer:
    """Return an answer that asks to come again in so many seconds."""
    return problem(word, status, message, (b"retry-after", str(seconds).encode()))


def refused(faults: Iterable[Fault]) -> Answer:
    """Return the answer to a session that is not what its catalogue promises. No value is in it."""
    body = {"message": "The session is not valid.", "validationErrors": [fault._asdict() for fault in faults]}
    return Answer("invalid", 400, msgspec.json.encode(body))


GONE: Final = problem("gone", 410, "This service has ended; please send nothing any more.")
BUSY: Final = later("unavailable", 503, "The session cannot be stored now; please try again.", 60)


async def send(send_message: Send, answer: Answer, *, close: bool = False) -> None:
    """Send an answer; with `close` the connection ends with it, since the request was not read to its end."""
    headers = [*answer.headers, _NO_STORE]
    if answer.status != 304:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    if answer.body:
        headers.append(_JSON)
    if close:
        headers.append((b"connection", b"close"))
    await send_message({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send_message({"type": "http.response.body", "body": answer.body})
