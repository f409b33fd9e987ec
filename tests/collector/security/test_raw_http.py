"""What no honest client sends: slow, huge, doubled and forged requests, over a bare socket."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.collector import Collector, a_session, collecting

_CANARY = b"s3cr3t-canary"
_JSON = b"Content-Type: application/json\r\n"


def _exchange(collector: Collector, data: bytes, *, seconds: float = 30.0) -> bytes:
    """Send bytes over one connection, and return all that comes back until it is closed or quiet."""
    with socket.create_connection(("127.0.0.1", collector.port), timeout=seconds) as connection:
        with contextlib.suppress(OSError):  # it may be closed while we still send
            connection.sendall(data)
        return b"".join(_received(connection))


def _received(connection: socket.socket) -> Iterator[bytes]:
    with contextlib.suppress(OSError):
        while part := connection.recv(65536):
            yield part
            connection.settimeout(1.0)


def _put(body: bytes, *headers: bytes, length: bytes = b"") -> bytes:
    given = b"".join(header + b"\r\n" for header in headers)
    size = length or str(len(body)).encode()
    return (
        b"PUT /v1/sessions HTTP/1.1\r\nHost: x\r\n"
        + _JSON + b"Content-Length: " + size + b"\r\n" + given + b"\r\n" + body
    )  # fmt: skip


def _statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


def test_pipelined(collector: Collector) -> None:
    """Requests that come in one piece are answered one after the other, in their order."""
    session = json.dumps(a_session()).encode()

    assert _statuses(_exchange(collector, _put(session) + _put(session) + _put(b"{}"))) == [201, 304, 400]


@pytest.mark.parametrize(
    "data",
    [
        _put(b"{}", b"X-Large: " + b"a" * 100_000),
        _put(b"{}", *(b"X-%d: %s" % (number, b"a" * 100) for number in range(2000))),
        b"PUT /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"A" * 100_000,
        b"\x00\x01\x02\r\n\r\n",
        b"PUT /v1/sessions HTTP/9.9\r\nHost: x\r\n\r\n",
        b"PUT /v1/sessions\r\n\r\n",
        _put(b"{}", b"Content-Length: 7"),
        _put(b"{}", length=b"-1"),
        _put(b"{}", length=b"2, 2"),
        _put(b"{}", length=b"9" * 40),
        _put(b"{}", b"Bad Header: x"),
        _put(b"{}", b"X: a\x00b"),
        _put(b"{}", b"X: a\rSet-Cookie: b"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_no_http(collector: Collector, data: bytes) -> None:
    """What is no proper request, or a head of more than 16 KiB, gets 4xx or a closed connection."""
    answer = _exchange(collector, data)

    assert all(400 <= status < 500 for status in _statuses(answer))
    assert collector.get("/ping").status == 200


def test_two_lengths(collector: Collector) -> None:
    """A body with two ways to tell its length is read in one: nothing is smuggled into a next request."""
    body = b"0\r\n\r\n" + _put(json.dumps(a_session()).encode())
    stored = collector.metric('collector_sessions_total{answer="stored"}')

    answer = _exchange(collector, _put(body, b"Transfer-Encoding: chunked"))

    assert 201 not in _statuses(answer)[:1]
    assert collector.metric('collector_sessions_total{answer="stored"}') - stored <= 1


def test_chunked(collector: Collector) -> None:
    """A chunked body is taken, within the same limits."""
    session = json.dumps(a_session()).encode()
    head = b"PUT /v1/sessions HTTP/1.1\r\nHost: x\r\n" + _JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    small = b"%x\r\n%s\r\n0\r\n\r\n" % (len(session), session)
    large = (b"8000\r\n" + b" " * 0x8000 + b"\r\n") * 40

    assert _statuses(_exchange(collector, head + small)) == [201]
    assert _statuses(_exchange(collector, head + large)) == [413]
    assert 201 not in _statuses(_exchange(collector, head + b"zz\r\n{}\r\n"))


def test_expect_continue(collector: Collector) -> None:
    """A client that asks first is told to go on, unless what it announces is too large."""
    session = json.dumps(a_session()).encode()

    assert _statuses(_exchange(collector, _put(session, b"Expect: 100-continue"))) == [100, 201]
    assert _statuses(_exchange(collector, _put(b"", b"Expect: 100-continue", length=b"999999"))) == [413]


@pytest.mark.parametrize(
    "path",
    [
        b"/../../etc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"/v1/sessions%00", b"/v1/sessions?x=" + _CANARY,
        b"//example.org/v1/sessions", b"http://example.org/v1/sessions", b"/v1/sessions/../../metrics",
        b"/" + _CANARY, b"*",
    ],
)  # fmt: skip
def test_paths(collector: Collector, path: bytes) -> None:
    """A path means itself: it leads to no file, to no other host, and is not repeated."""
    for method in (b"GET", b"PUT", b"DELETE", b"CONNECT"):
        answer = _exchange(
            collector,
            method + b" " + path + b" HTTP/1.1\r\nHost: " + _CANARY + b"\r\nConnection: close\r\n\r\n",
        )
        assert not {200, 201, 301, 302, 307, 500} & set(_statuses(answer))
        assert _CANARY not in answer
        assert b"root:" not in answer


def test_headers_are_not_repeated(collector: Collector) -> None:
    """Nothing that a header holds comes back, and none of it becomes a header of the answer."""
    names = (
        b"X-Forwarded-For",
        b"User-Agent",
        b"Referer",
        b"Cookie",
        b"Authorization",
        b"X-Request-Id",
        b"Origin",
    )
    answer = _exchange(collector, _put(b"{}", *(name + b": " + _CANARY for name in names)))

    assert _statuses(answer) == [400]
    assert _CANARY not in answer
    assert b"server:" not in answer.lower()
    assert b"access-control" not in answer.lower()


def test_slow_senders(tmp_path: Path) -> None:
    """Who sends a byte now and then loses the connection, at the head as in the body; others go on."""
    with collecting(tmp_path, "--patience", "1") as collector:
        beginnings = [b"", b"P", b"PUT /v1/sessions HTTP/1.1\r\nHost: x\r\n", _put(b"{", length=b"9999")]
        with contextlib.ExitStack() as stack:
            connections = [
                stack.enter_context(socket.create_connection(("127.0.0.1", collector.port), timeout=30))
                for _ in range(40)
            ]
            for number, connection in enumerate(connections):
                connection.sendall(beginnings[number % 4])
            assert collector.put(a_session()).status == 201
            start = time.monotonic()
            answers = [b"".join(_trickled(connection)) for connection in connections]
            assert time.monotonic() - start < 25
            assert collector.put(a_session()).status == 201
    assert [_statuses(answer) for answer in answers] == [[], [], [], [408]] * 10


def _trickled(connection: socket.socket) -> Iterator[bytes]:
    """Give what comes back while a byte is sent now and then, until the connection ends."""
    connection.settimeout(0.2)
    while True:
        try:
            part = connection.recv(65536)
        except TimeoutError:
            with contextlib.suppress(OSError):
                connection.sendall(b"x")
            continue
        except OSError:
            return
        if not part:
            return
        yield part
