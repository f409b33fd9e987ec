"""What tests against a real engine share: our client, and containers that are gone afterwards."""

import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from taskrunner.engine import containers, networks
from taskrunner.engine.client import Client
from taskrunner.engine.endpoint import resolve
from taskrunner.engine.spec import ContainerSpec

LABEL = "taskrunner-engine-test"


class Box:
    """Makes containers from the test image, and removes them at the end."""

    def __init__(self, client: Client, image: str) -> None:
        self.client = client
        self.image = image
        self.tag = secrets.token_hex(6)
        self.labels = {LABEL: self.tag}

    def create(self, *command: str, **settings: Any) -> str:
        """Create a container, by default in the host's network: that starts in half the time."""
        made = {"network": "host", "labels": self.labels, **settings}
        spec = ContainerSpec(self.image, command or None, **made)
        return containers.create(self.client, f"taskrunner-test-{self.tag}-{secrets.token_hex(4)}", spec)

    def start(self, *command: str, **settings: Any) -> str:
        """Create a container and start it."""
        container_id = self.create(*command, **settings)
        containers.start(self.client, container_id)
        return container_id

    def output(self, *command: str, **settings: Any) -> dict[str, bytes]:
        """Run a container to the end of its output, and return both streams."""
        container_id = self.create(*command, **settings)
        attachment = containers.attach(self.client, container_id, stdin=False, scope=None)
        containers.start(self.client, container_id)
        streams = {"stdout": b"", "stderr": b""}
        for stream, data in attachment.frames():
            streams[stream] += data
        attachment.close()
        return streams

    def close(self) -> None:
        """Remove everything that carries our label."""
        for container in containers.find(self.client, self.labels):
            containers.remove(self.client, container.id)
        for network in networks.find(self.client, self.labels):
            networks.remove(self.client, network.id)


@pytest.fixture(scope="session")
def client(busybox: str) -> Iterator[Client]:
    """Give a client of the engine that this machine has."""
    del busybox  # asked for first, so that a missing engine is reported in one sentence
    made = Client(resolve(None, None, os.environ))
    yield made
    made.close()


@pytest.fixture
def box(client: Client, busybox: str) -> Iterator[Box]:
    """Give a maker of containers; nothing of it is left afterwards."""
    made = Box(client, busybox)
    yield made
    made.close()


@pytest.fixture
def tcp_proxy(client: Client) -> Iterator[int]:
    """Give a port on loopback that leads to the engine's socket."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                theirs, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_relay, args=(theirs, client.endpoint.path), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield int(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _relay(theirs: socket.socket, path: str) -> None:
    with theirs, socket.socket(socket.AF_UNIX) as engine:
        engine.connect(path)
        back = threading.Thread(target=_copy, args=(engine, theirs))
        back.start()
        _copy(theirs, engine)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    while data := source.recv(65536):
        target.sendall(data)
    # Each direction ends by itself, as over a real network.
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
