"""Calls that are made again: which, after what, and how often."""

import time
from typing import TYPE_CHECKING

import pytest

from taskrunner.engine import containers, events, images, networks, volumes
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.errors import ApiError
from taskrunner.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskrunner.engine.client import Client
    from tests.unit.engine.conftest import ScriptedEngine


def answer(status: str, message: str = "") -> bytes:
    """Return an answer as it travels."""
    body = f'{{"message": "{message}"}}' if message else ""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


BUSY = answer("500 Internal Server Error", "try again")
DONE = answer("204 No Content")

CLEAN_UP: "dict[str, Callable[[Client], None]]" = {
    "remove a container": lambda client: containers.remove(client, "c"),
    "stop a container": lambda client: containers.stop(client, "c", 1),
    "kill a container": lambda client: containers.kill(client, "c"),
    "remove a network": lambda client: networks.remove(client, "n"),
    "remove a volume": lambda client: volumes.remove(client, "v"),
    "create a volume": lambda client: volumes.ensure(client, "v", {}),
}
ONCE: "dict[str, Callable[[Client], object]]" = {
    "start": lambda client: containers.start(client, "c"),
    "interrupt": lambda client: containers.kill(client, "c", "SIGINT"),
    "create a network": lambda client: networks.create(client, "n", {}),
}


@pytest.mark.parametrize("name", CLEAN_UP)
def test_a_busy_engine_is_asked_again(scripted: "ScriptedEngine", ping: bytes, name: str) -> None:
    """What does no harm twice is done, though the engine fails twice before."""
    client = scripted.play([(ping,), (BUSY,), (BUSY,), (DONE,)])

    CLEAN_UP[name](client)

    assert 4 == len(scripted.requests[0])


def test_a_connection_that_breaks_off_is_made_again(scripted: "ScriptedEngine", ping: bytes) -> None:
    """So is a call in the middle of whose answer the connection ends: a removal that was done is fine."""
    gone = answer("404 Not Found", "No such container: c")
    client = scripted.play([(ping,), (b"HTTP/1.1 20",)], [(gone,)])

    containers.remove(client, "c")

    assert [2, 1] == [len(each) for each in scripted.requests]


def test_an_engine_that_keeps_failing_is_believed(scripted: "ScriptedEngine", ping: bytes) -> None:
    """After the third time the engine's own words are the error, soon enough for whoever waits."""
    client = scripted.play([(ping,), (BUSY,), (BUSY,), (BUSY,)])
    started = time.monotonic()

    with pytest.raises(ApiError, match="try again"):
        containers.remove(client, "c")

    assert 4 == len(scripted.requests[0])
    assert 0.4 < time.monotonic() - started


@pytest.mark.parametrize("status", ["400 Bad Request", "409 Conflict", "501 Not Implemented"])
def test_a_plain_refusal_stays_one(scripted: "ScriptedEngine", ping: bytes, status: str) -> None:
    """What the engine will answer next time as well is not asked again."""
    client = scripted.play([(ping,), (answer(status, "no"),)])

    with pytest.raises(EngineError, match="no"):
        containers.inspect(client, "c")

    assert 2 == len(scripted.requests[0])


@pytest.mark.parametrize("name", ONCE)
def test_what_would_do_harm_twice_is_done_once(scripted: "ScriptedEngine", ping: bytes, name: str) -> None:
    """Nothing is started, interrupted or made a second time: nobody knows what became of the first."""
    client = scripted.play([(ping,), (BUSY,)])

    with pytest.raises(ApiError, match="try again"):
        ONCE[name](client)

    assert 2 == len(scripted.requests[0])


def test_a_stream_is_opened_again(scripted: "ScriptedEngine", ping: bytes) -> None:
    """A subscription that the engine refuses at first is there in the end."""
    stream = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    client = scripted.play([(ping,)], [(BUSY,)], [(stream,)])

    watch = events.watch(client, labels={}, kinds=("container",), actions=("die",), scope=None)

    assert [] == list(watch)


def test_a_cancelled_call_is_not_made_again(scripted: "ScriptedEngine", ping: bytes) -> None:
    """Whoever gives up while the next attempt is waited for does not wait."""
    scope = CancelScope()
    client = scripted.play([(ping,), (BUSY,)])
    client.ping()
    refused = scope.wait

    def wait(seconds: float) -> None:
        scope.cancel()
        refused(seconds)

    scope.wait = wait  # type: ignore[method-assign]

    with pytest.raises(Cancelled):
        client.request("GET", "/x", scope=scope)


IMAGE = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"Id": "abc"}'


def test_what_was_asked_ahead_is_asked_once(scripted: "ScriptedEngine", ping: bytes) -> None:
    """The answer that was asked for ahead is the one that a later call returns."""
    scripted.hold()
    client = scripted.play([(ping,)], [(IMAGE,)])
    client.ping()
    images.ask_ahead(client, ["busybox", "busybox"])

    found = images.inspect(client, "busybox")

    assert found is not None
    assert found.id == "abc"
    assert [1, 1] == [len(requests) for requests in scripted.requests]


def test_what_was_asked_ahead_in_vain_is_asked_again(scripted: "ScriptedEngine", ping: bytes) -> None:
    """A connection that ends before its answer costs another call, and nothing else."""
    client = scripted.play([(ping,)], [()], [(IMAGE,)])
    client.ping()
    images.ask_ahead(client, ["busybox"])

    found = images.inspect(client, "busybox")

    assert found is not None
    assert found.id == "abc"
