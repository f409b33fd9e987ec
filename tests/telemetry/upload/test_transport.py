"""One HTTP request, to real servers and to peers that stall."""

import gzip
import socket
from collections.abc import Callable
from threading import Event

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from telemetry import transport
from telemetry.endpoints import Destination
from telemetry.outcome import Outcome
from tests.support.stopwatch import Stopwatch
from tests.telemetry.upload.authority import Authority
from tests.telemetry.upload.peers import Peer, Proxy, endless_body, hang_up, silent, trickle
from tests.telemetry.upload.sessions import record

_PATH = "/v1/sessions"


@pytest.fixture
def url(destination: Destination) -> str:
    """Give the address that a session is put to."""
    return destination.url("full", "1.2.3")


def _requests(collector: HTTPServer) -> list[Request]:
    return [request for request, _ in collector.log]


def test_stored(collector: HTTPServer, authority: Authority, url: str) -> None:
    """A session arrives over TLS, byte for byte, with no header that tells more of the sender."""
    collector.expect_request(_PATH, method="PUT").respond_with_data(status=201)
    session = record()

    assert Outcome("stored", "201") == transport.put(url, session.data, ca_file=authority.certificate)
    (request,) = _requests(collector)
    assert session.data == request.data
    assert "application/json" == request.content_type
    assert {
        "Host": url.split("/")[2],
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "keep-alive",
        "Content-Length": str(len(session.data)),
        "Content-Type": "application/json",
        "User-Agent": "telemetry",
    } == dict(request.headers)


def test_large_sessions_are_compressed(collector: HTTPServer, authority: Authority, url: str) -> None:
    """What is worth it is sent as gzip, and unpacks to the same bytes."""
    collector.expect_request(_PATH, method="PUT").respond_with_data(status=201)
    session = record(10_000)
    transport.put(url, session.data, ca_file=authority.certificate)

    (request,) = _requests(collector)
    assert "gzip" == request.headers["Content-Encoding"]
    assert session.data == gzip.decompress(request.data)
    assert len(request.data) < 1000


def test_collector_without_gzip(collector: HTTPServer, authority: Authority, url: str) -> None:
    """A collector that knows no gzip gets the session as it is."""

    def answer(request: Request) -> Response:
        return Response(status=415 if "Content-Encoding" in request.headers else 201)

    collector.expect_request(_PATH, method="PUT").respond_with_handler(answer)
    session = record(10_000)

    assert Outcome("stored", "201") == transport.put(url, session.data, ca_file=authority.certificate)
    assert session.data == _requests(collector)[1].data


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_never_followed(
    collector: HTTPServer, authority: Authority, url: str, status: int
) -> None:
    """A redirect, even to the same host, ends the attempt: its target sees no request."""
    collector.expect_request(_PATH).respond_with_data(status=status, headers={"Location": "/elsewhere"})
    collector.expect_request("/elsewhere").respond_with_data(status=201)

    assert Outcome("later", str(status)) == transport.put(url, b"{}", ca_file=authority.certificate)
    assert [_PATH] == [request.path for request in _requests(collector)]


def test_unknown_authority(collector: HTTPServer, url: str) -> None:
    """A certificate that nobody vouches for gets no session."""
    assert Outcome("later", "tls") == transport.put(url, b"{}")
    assert [] == _requests(collector)


def test_wrong_host_name(
    collector: HTTPServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate for another name gets no session."""
    addresses = socket.getaddrinfo("localhost", collector.port, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    url = f"https://another.invalid:{collector.port}{_PATH}"

    assert Outcome("later", "tls") == transport.put(url, b"{}", ca_file=authority.certificate)
    assert [] == _requests(collector)


def test_authority_from_the_environment(
    collector: HTTPServer, authority: Authority, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`SSL_CERT_FILE` names the authority of a company whose proxy looks into TLS."""
    collector.expect_request(_PATH).respond_with_data(status=201)
    monkeypatch.setenv("SSL_CERT_FILE", authority.certificate)

    assert Outcome("stored", "201") == transport.put(url, b"{}")


def test_missing_certificates(url: str) -> None:
    """A certificate file that does not exist is said to be the fault."""
    assert Outcome("later", "certificates") == transport.put(url, b"{}", ca_file="/nonexistent.pem")


@pytest.mark.parametrize("stall", [silent, trickle])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_stalls_are_bounded(scheme: str, stall: Callable[[socket.socket, Event], None]) -> None:
    """A peer that says nothing, or one byte a second, costs the time given and no more."""
    with Peer(stall) as peer:
        stopwatch = Stopwatch()
        outcome = transport.put(f"{scheme}://127.0.0.1:{peer.port}{_PATH}", b"{}", seconds=1.5)
        took = stopwatch.seconds

    assert "later" == outcome.verdict
    assert outcome.answer in {"timeout", "tls"}
    assert took < 15, "of no end"
    assert peer.connections <= 1, "on a busy machine the time may be over before there is one"


def test_resolver_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that never resolves costs the time given and no more."""
    ended = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait() and [])
    stopwatch = Stopwatch()
    outcome = transport.put(f"https://collector.invalid{_PATH}", b"{}", seconds=1)
    took = stopwatch.seconds
    ended.set()

    assert Outcome("later", "timeout") == outcome
    assert took < 15, "of no end"


def test_endless_answer() -> None:
    """An answer is judged by its head: a body without end is not waited for."""
    with Peer(endless_body) as peer:
        assert Outcome("stored", "201") == transport.put(
            f"http://127.0.0.1:{peer.port}{_PATH}", b"{}", seconds=30
        )


def test_no_answer() -> None:
    """A connection that ends without an answer, or is refused, keeps the session."""
    with Peer(hang_up) as peer:
        url = f"http://127.0.0.1:{peer.port}{_PATH}"
        outcome = transport.put(url, b"{}")
        assert "later" == outcome.verdict
        assert outcome.answer in {"protocol", "connection"}  # the peer's end may come as a reset
    assert Outcome("later", "connection") == transport.put(url, b"{}")


def test_unknown_name() -> None:
    """A name that does not exist keeps the session."""
    assert "later" == transport.put(f"https://collector.invalid{_PATH}", b"{}", seconds=5).verdict


def test_only_through_a_proxy(
    collector: HTTPServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only a proxy leads out, it is used, with its password, and sees no more than the host."""
    collector.expect_request(_PATH).respond_with_data(status=201)
    with Proxy(collector.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{proxy.port}")
        url = f"https://collector.invalid{_PATH}"

        assert Outcome("stored", "201") == transport.put(url, b"{}", ca_file=authority.certificate)
    (request,) = proxy.requests
    assert request.startswith("CONNECT collector.invalid:443 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=" in request


def test_no_proxy(
    collector: HTTPServer, authority: Authority, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host in `NO_PROXY` is reached directly."""
    collector.expect_request(_PATH).respond_with_data(status=201)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert Outcome("later", "connection") == transport.put(url, b"{}", ca_file=authority.certificate)

    monkeypatch.setenv("NO_PROXY", "other.invalid,localhost")
    assert Outcome("stored", "201") == transport.put(url, b"{}", ca_file=authority.certificate)


def test_plain_http_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not encrypted never goes through a proxy."""
    with Peer(hang_up) as peer, Peer(hang_up) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        transport.put(f"http://127.0.0.1:{peer.port}{_PATH}", b"{}")

    assert (1, 0) == (peer.connections, proxy.connections)


@pytest.mark.parametrize("proxy", ["gopher://proxy", "socks5://127.0.0.1:1", "http://[", "::"])
def test_unusable_proxy(url: str, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """A proxy that cannot be used keeps the session, and raises nothing."""
    monkeypatch.setenv("ALL_PROXY", proxy)

    assert "later" == transport.put(url, b"{}", seconds=5).verdict
