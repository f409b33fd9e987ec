"""Has a collector delete what it holds of a person, who proves with their secret which data that is.

The collector works out all ids that the secret ever gave (`telemetry.identity`), deletes every session
that carries one of them, and answers with a receipt. The secret travels in the body: in an address it
would end up in the logs of proxies.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from telemetry import transport
from telemetry.endpoints import Destination
from telemetry.entries import LEVELS
from telemetry.sent_log import SentLog

__all__ = ["ForgetError", "Receipt", "collectors", "forget"]

_SESSIONS = "/v1/sessions"
_DELETE = "/v1/me/delete"


class ForgetError(Exception):
    """A collector did not confirm the deletion; the message says why, in words for a person."""


class Receipt(NamedTuple):
    """What a collector answered."""

    url: str
    text: str


def collectors(
    folder: str, destination: Destination, version: str, levels: Iterable[str] = LEVELS[1:]
) -> tuple[str, ...]:
    """Return the addresses at which sessions of a person may have arrived, each once.

    That is those of the given levels, and those that the log of the last 30 days names. Raises
    EndpointError where no address can be made.
    """
    found = [destination.url(level, version) for level in levels]
    found += [attempt.url for attempt in SentLog(folder).attempts() if attempt.verdict == "stored"]
    return tuple(dict.fromkeys(url.removesuffix(_SESSIONS) + _DELETE for url in found))


def forget(url: str, application_id: str, secret: str, ca_file: str | None = None) -> Receipt:
    """Have one collector delete everything, and return its receipt. Raises ForgetError."""
    body = json.dumps({"applicationId": application_id, "secret": secret}).encode()
    try:
        status, answer = transport.post(url, body, ca_file=ca_file)
    except transport.TransportError as error:
        raise ForgetError(f"there is no answer ({error})") from error
    if status != 200:
        raise ForgetError(f"the answer is {status}, which confirms nothing")
    return Receipt(url, answer.decode(errors="replace"))
