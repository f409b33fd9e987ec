"""Relays to this machine's loopback: who may come in, and where they listen."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from taskrunner.host.relay import Relay, accepting, own_addresses


@pytest.fixture
def target() -> Iterator[tuple[str, int]]:
    """Give the address of a server that says hello."""

    def serve(theirs: socket.socket) -> None:
        with theirs:
            theirs.sendall(b"hello")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting(listener, serve, "hello")
        yield "127.0.0.1", listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("peers", "heard"), [(None, b"hello"), ({"127.0.0.1"}, b"hello"), ({"198.51.100.7"}, b"")]
)
def test_who_may_come_in(target: tuple[str, int], peers: set[str] | None, heard: bytes) -> None:
    """A peer that is not among those that are let in hears nothing."""
    with (
        contextlib.closing(Relay("127.0.0.1", 0, target, peers)) as relay,
        socket.create_connection(("127.0.0.1", relay.port), 10) as connection,
    ):
        assert heard == connection.recv(100)


def test_an_address_to_come(target: tuple[str, int]) -> None:
    """A network's gateway can be listened at before the network is up."""
    assert "198.51.100.7" not in own_addresses()

    with contextlib.closing(Relay("198.51.100.7", 0, target)) as relay:
        assert relay.port


def test_a_port_that_is_taken(target: tuple[str, int]) -> None:
    """Nobody else's port is taken away."""
    with pytest.raises(OSError, match="in use"):
        Relay("127.0.0.1", target[1], target)
