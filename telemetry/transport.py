"""One HTTP request: the only module that knows the HTTP library, and imports it only when called.

For processes that upload, and for commands that wait for an answer; no other loads this.
"""

import contextlib
import functools
import gzip
import os
import ssl
import threading
from typing import TYPE_CHECKING, Final

from telemetry.outcome import Outcome, classify, failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

__all__ = ["TransportError", "post", "put", "warm_up"]

_WORTH_GZIP: Final = 1024
_MOST_ANSWER: Final = 64 * 1024


class TransportError(Exception):
    """A request without an answer; the message is one fixed word, such as `timeout`."""


def warm_up(ca_file: str | None = None) -> None:
    """Load what a request needs ahead of it: the HTTP library and the trusted certificates.

    Certificates that cannot be read are reported by the request.
    """
    import httpx

    del httpx  # loaded for later
    with contextlib.suppress(OSError):
        _tls(ca_file)


def put(url: str, body: bytes, *, seconds: float = 20.0, ca_file: str | None = None) -> Outcome:
    """Send a session and return what came of it. Never raises, never follows a redirect.

    `seconds` bounds the whole attempt, name resolution and a peer that trickles included: a socket's own
    timeout starts anew with each byte, and the resolver's cannot be set. `ca_file` holds the
    certificates to trust in place of the system's; `SSL_CERT_FILE` and `SSL_CERT_DIR` do the same.
    """
    outcomes: list[Outcome] = []
    worker = threading.Thread(
        target=lambda: outcomes.append(_attempt(url, body, seconds, ca_file)), daemon=True
    )
    worker.start()
    worker.join(seconds)
    return outcomes[0] if outcomes else failure("timeout")


def post(url: str, body: bytes, *, seconds: float = 20.0, ca_file: str | None = None) -> tuple[int, bytes]:
    """Send a request that a person waits for; return the status and the start of the answer's body.

    Never follows a redirect. `seconds` bounds each wait for the peer; Ctrl-C ends any of them.
    Raises TransportError.
    """
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "telemetry"}
    try:
        with (
            _client(url, seconds, ca_file) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            start = b""
            for part in answer.iter_bytes(_MOST_ANSWER):
                start += part
                if len(start) >= _MOST_ANSWER:
                    break
            return answer.status_code, start[:_MOST_ANSWER]
    except Exception as error:
        raise TransportError(_word_for(error)) from error


def _attempt(url: str, body: bytes, seconds: float, ca_file: str | None) -> Outcome:
    try:
        outcome = _exchange(url, body, seconds, ca_file, gzipped=len(body) >= _WORTH_GZIP)
        if outcome.answer == "415":
            # A collector that knows no gzip says so by this status (RFC 9110, section 15.5.16).
            return _exchange(url, body, seconds, ca_file, gzipped=False)
    except Exception as error:  # noqa: BLE001 - the boundary to the network: whatever fails there is one attempt
        return failure(_word_for(error))
    return outcome


def _exchange(url: str, body: bytes, seconds: float, ca_file: str | None, *, gzipped: bool) -> Outcome:
    """Make one request; its answer is judged by its head, so a body without end cannot hold us up."""
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "telemetry",
    }
    if gzipped:
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, mtime=0)
    with (
        _client(url, seconds, ca_file) as client,
        client.stream("PUT", url, content=body, headers=headers) as answer,
    ):
        return classify(answer.status_code, answer.headers.get("Retry-After"))


def _client(url: str, seconds: float, ca_file: str | None) -> "httpx.Client":
    import httpx

    return httpx.Client(
        verify=_tls(ca_file),
        timeout=seconds,
        follow_redirects=False,
        # What is not encrypted is for this machine alone, so it never goes through a proxy.
        trust_env=url.startswith("https:"),
    )


@functools.cache
def _tls(ca_file: str | None) -> ssl.SSLContext:
    """Return the trust of this machine: companies that look into TLS add their authority there."""
    context = ssl.create_default_context(cafile=ca_file)
    if not (ca_file or os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        import certifi

        # Some builds of Python look for the system's certificates where this system has none.
        context.load_verify_locations(certifi.where())
    return context


def _word_for(error: Exception) -> str:
    """Return a fixed word for a failure: messages of libraries hold addresses."""
    import socket

    import httpx

    causes = list(_causes(error))
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (ssl.SSLError, "tls"),
        (socket.gaierror, "name"),
        (httpx.ProxyError, "proxy"),
        (httpx.TimeoutException, "timeout"),
        (httpx.NetworkError, "connection"),
        (httpx.ProtocolError, "protocol"),
        (FileNotFoundError, "certificates"),
    )
    for kind, word in kinds:
        if any(isinstance(cause, kind) for cause in causes):
            return word
    return "failure"


def _causes(error: BaseException) -> "Iterator[BaseException]":
    following: BaseException | None = error
    while following is not None:
        yield following
        following = following.__cause__ or following.__context__
