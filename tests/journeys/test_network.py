"""Ports and networks."""

import signal
import socket
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.support.journey import Journey

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.engine

CONFIG = """\
containers:
  web:
    image: taskrunner-test/busybox:1
    additional_hostnames: [also-web]
    command: sh -c 'mkdir /www; echo served > /www/index.html; echo started; exec httpd -f -h /www'
  app:
    image: taskrunner-test/busybox:1
tasks:
  serve:
    run:
      container: web
      ports:
        - {port}:80
  look: {{run: {{container: app, command: cat /etc/hosts}}}}
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_published_port_is_reached_from_the_host(journey: Journey) -> None:
    """The host's port leads into the container while the task runs."""
    port = free_port()
    running = journey.file("batect.yml", CONFIG.format(port=port)).start("run", "serve")
    running.wait_for("started\n")

    for attempt in range(50):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                text = answer.read()
            break
        except OSError:
            assert attempt < 49
    running.signal(signal.SIGINT)

    assert text == b"served\n"
    assert running.finish().exit_code == 130


def test_a_port_in_use_is_explained(journey: Journey) -> None:
    """The message offers the option that helps, and the option does."""
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        journey.file("batect.yml", CONFIG.format(port=listener.getsockname()[1]))

        result = journey.run("run", "serve")
        assert result.exit_code == 125
        assert "--disable-ports" in result.stderr

        running = journey.start("run", "--disable-ports", "serve").wait_for("started\n")
        assert running.signal(signal.SIGINT).finish().exit_code == 130


def test_an_existing_network_is_used_and_kept(journey: Journey, engine: "DockerClient") -> None:
    """A container joins it by its name, and it is there afterwards."""
    name = f"{journey.project}-theirs"
    network = engine.networks.create(name)
    try:
        journey.file("batect.yml", CONFIG.format(port=free_port()))
        assert journey.run("run", "--use-network", name, "look").exit_code == 0
        assert engine.networks.get(network.id).name == name
    finally:
        network.remove()


@pytest.mark.parametrize("style", ["simple", "quiet", "all"])
def test_a_missing_network_is_named(journey: Journey, style: str) -> None:
    """Every style says which network does not exist."""
    journey.file("batect.yml", CONFIG.format(port=free_port()))

    result = journey.run("run", "-o", style, "--use-network", "no-such-network", "look")
    assert result.exit_code == 125
    assert "no-such-network" in result.stdout + result.stderr
