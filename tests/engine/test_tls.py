"""Our client through TLS to a real engine, in both versions of it that are in use."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taskrunner.engine import events, execs
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.endpoint import TlsOptions, resolve
from taskrunner.errors import EngineError, TaskrunnerError
from tests.support.elsewhere import check_input_and_output
from tests.support.tls import authority, tls_engine

if TYPE_CHECKING:
    from tests.engine.conftest import Box

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the certificates of an authority of our own."""
    return authority(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module", params=["TLS1.2", "TLS1.3"])
def port(request: pytest.FixtureRequest, certificates: Path, client: Client) -> Iterator[int]:
    """Give the port of an engine that speaks TLS."""
    with tls_engine(certificates, client.endpoint.path, request.param) as found:
        yield found


@pytest.fixture
def encrypted(port: int, certificates: Path) -> Iterator[Client]:
    """Give a client that knows the engine, and that the engine knows."""
    made = connect(port, TlsOptions(verify=True, folder=str(certificates)))
    yield made
    made.close()


def connect(port: int, options: TlsOptions, host: str = "localhost") -> Client:
    """Return a client of the engine behind TLS."""
    return Client(resolve(f"tcp://{host}:{port}", None, {"HOME": "/nonexistent"}, options))


def test_input_and_output_of_a_container(encrypted: Client, box: "Box") -> None:
    """Much output arrives whole while input goes out, and goes on once the input ended."""
    check_input_and_output(encrypted, box)


def test_commands_and_events(encrypted: Client, box: "Box") -> None:
    """A command's output and exit code come back, and so does what the engine tells."""
    scope = CancelScope()
    watch = events.watch(encrypted, labels=box.labels, kinds=("container",), actions=("start",), scope=scope)
    container = box.start("sleep", "60")
    result = execs.run(
        encrypted, container, execs.ExecSpec(("sh", "-c", "echo hi; exit 3")), timeout=30, scope=None
    )

    assert (3, "hi\n") == (result.exit_code, result.output)
    assert container == next(iter(watch)).id
    scope.cancel()


def test_waiting_is_cancelled(encrypted: Client, box: "Box") -> None:
    """Whoever waits for an event is woken."""
    scope = CancelScope()
    watch = events.watch(encrypted, labels=box.labels, kinds=("container",), actions=("die",), scope=scope)
    threading.Timer(0.1, scope.cancel).start()

    with pytest.raises(Cancelled):
        next(iter(watch))


def test_connections_are_kept(encrypted: Client) -> None:
    """A second call needs no second handshake."""
    encrypted.ping()
    (kept,) = encrypted._kept
    encrypted.json("GET", "/version", dict)

    assert [kept] == encrypted._kept


@pytest.mark.parametrize(
    ("options", "host", "words"),
    [
        (TlsOptions(verify=True), "localhost", "certificate"),
        (
            TlsOptions(verify=True, ca="ca.pem", certificate="cert.pem", key="key.pem"),
            "127.0.0.1",
            "mismatch",
        ),
        (TlsOptions(verify=True, ca="ca.pem"), "localhost", "alert|certificate|handshake"),
        (TlsOptions(on=True), "localhost", "alert|certificate|handshake"),
    ],
)
def test_who_is_not_known_is_not_talked_to(
    port: int, certificates: Path, options: TlsOptions, host: str, words: str
) -> None:
    """An authority of strangers, another host's certificate, or none of ours: each is told, with a remedy."""
    named = TlsOptions(*(str(certificates / o) if isinstance(o, str) else o for o in options))

    with pytest.raises(EngineError, match=words) as caught:
        connect(port, named, host).ping()

    assert "engine.tls-failed" == caught.value.reference
    assert caught.value.hint is not None


def test_without_a_check_anybody_is_believed(port: int, certificates: Path) -> None:
    """--docker-tls asks for a certificate of no authority that we know."""
    ours = TlsOptions(on=True, certificate=str(certificates / "cert.pem"), key=str(certificates / "key.pem"))
    client = connect(port, ours)

    assert client.is_docker
    client.close()


@pytest.mark.parametrize(
    "options",
    [
        TlsOptions(verify=True, ca="/nonexistent/ca.pem"),
        TlsOptions(verify=True, certificate="/dev/null", key="/dev/null"),
    ],
)
def test_files_that_are_none(options: TlsOptions) -> None:
    """A file that is missing or no certificate is named before anything is sent."""
    with pytest.raises(TaskrunnerError, match=options.ca or options.certificate or "") as caught:
        connect(1, options)

    assert "engine.tls-files" == caught.value.reference


def test_an_engine_without_tls(tcp_proxy: int) -> None:
    """TLS spoken to an engine without is told as what it is."""
    with pytest.raises(EngineError, match="TLS") as caught:
        connect(tcp_proxy, TlsOptions(on=True)).ping()

    assert "engine.tls-failed" == caught.value.reference
