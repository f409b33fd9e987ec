"""A TLS connection whose one direction ends while the other goes on."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskrunner.engine.tls import TlsSocket
from tests.support.tls import authority

OUTPUT = [b"%d\n" % number * 1000 for number in range(12)]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with certificates."""
    return authority(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def connected(
    request: pytest.FixtureRequest, certificates: Path
) -> Iterator[tuple[TlsSocket, ssl.SSLSocket]]:
    """Give both ends of a connection: ours, and one that answers."""
    near, far = socket.socketpair()
    near.settimeout(30)
    far.settimeout(30)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificates / "engine.pem")
    server.minimum_version = server.maximum_version = request.param
    wrapped: list[ssl.SSLSocket] = []
    answer = threading.Thread(target=lambda: wrapped.append(server.wrap_socket(far, server_side=True)))
    answer.start()
    ours = TlsSocket(near, ssl.create_default_context(cafile=certificates / "ca.pem"), "localhost", "there")
    ours.handshake()
    answer.join(30)
    yield ours, wrapped[0]
    ours.close()
    wrapped[0].close()


def test_the_end_of_our_input_takes_no_output_away(connected: tuple[TlsSocket, ssl.SSLSocket]) -> None:
    """What has arrived by then and nobody has read yet is read afterwards, and so is what comes later."""
    ours, theirs = connected
    for part in OUTPUT[:5]:
        theirs.sendall(part)
    ours.sendall(b"input")
    # A little of the first record: the others lie there, still encrypted.
    heard = ours.recv(10)

    ours.shutdown(socket.SHUT_WR)
    assert theirs.recv(100) == b"input"
    assert theirs.recv(100) == b""
    for part in OUTPUT[5:]:
        theirs.sendall(part)
    expected = b"".join(OUTPUT)
    while len(heard) < len(expected):
        heard += ours.recv(1000)

    assert heard == expected


def end(theirs: ssl.SSLSocket) -> None:
    """Say that nothing more comes; our own end may be missed."""
    with contextlib.suppress(OSError):
        theirs.unwrap()


def test_the_end_of_both(connected: tuple[TlsSocket, ssl.SSLSocket]) -> None:
    """Where the other side had ended before we did, what it sent is there, and then its end."""
    ours, theirs = connected
    ours.sendall(b"x")
    assert theirs.recv(1) == b"x"
    theirs.sendall(OUTPUT[1])
    farewell = threading.Thread(target=end, args=(theirs,))
    farewell.start()
    heard = ours.recv(1)

    ours.shutdown(socket.SHUT_WR)
    while data := ours.recv(100):
        heard += data
    farewell.join(30)

    assert heard == OUTPUT[1]
