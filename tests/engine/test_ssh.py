"""Our client through a real ssh server to a real engine."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from taskrunner.engine import events, execs
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.endpoint import resolve
from taskrunner.errors import EngineError
from tests.support.elsewhere import check_input_and_output
from tests.support.sshd import SshServer

if TYPE_CHECKING:
    from tests.engine.conftest import Box

pytestmark = pytest.mark.engine


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Client) -> Iterator[SshServer]:
    """Give a server, whose `ssh` is found first."""
    made = SshServer(tmp_path / "ssh", client.endpoint.text)
    monkeypatch.setenv("PATH", made.path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield made
    made.close()


@pytest.fixture
def remote(server: SshServer) -> Iterator[Client]:  # noqa: ARG001 - it has to run
    """Give a client of the engine behind the server."""
    made = connect("ssh://engine")
    yield made
    made.close()
    assert [] == children()


def connect(address: str) -> Client:
    """Return a client of the engine behind a server."""
    return Client(resolve(address, None, {"HOME": "/nonexistent"}))


def children() -> list[str]:
    """Return the names of this process's ssh children."""
    return [child.name() for child in psutil.Process().children() if child.name() == "ssh"]


def test_input_and_output_of_a_container(remote: Client, box: "Box") -> None:
    """Much output arrives whole while input goes out, and goes on once the input ended."""
    check_input_and_output(remote, box)


def test_all_that_a_run_does_needs_one_login(remote: Client, server: SshServer, box: "Box") -> None:
    """Commands, events and calls at once share a connection: nobody is asked for a password twice."""
    scope = CancelScope()
    watch = events.watch(remote, labels=box.labels, kinds=("container",), actions=("start",), scope=scope)
    container = box.start("sleep", "60")
    threads = [threading.Thread(target=remote.json, args=("GET", "/version", dict)) for _ in range(4)]
    for thread in threads:
        thread.start()
    spec = execs.ExecSpec(("sh", "-c", "echo hi; exit 3"))
    result = execs.run(remote, container, spec, timeout=30, scope=None)
    for thread in threads:
        thread.join(30)

    assert (3, "hi\n") == (result.exit_code, result.output)
    assert container == next(iter(watch)).id
    assert 1 == server.logins
    scope.cancel()


def test_more_sessions_than_the_server_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    """Where a connection may carry no more, further ones are made."""
    server = SshServer(tmp_path / "ssh", client.endpoint.text, sessions=2)
    monkeypatch.setenv("PATH", server.path)
    remote = connect("ssh://engine")
    scope = CancelScope()
    with contextlib.ExitStack() as stack:
        stack.callback(server.close)
        stack.callback(remote.close)
        for _ in range(4):
            stack.enter_context(remote.stream("GET", "/events", query={"since": 1}, scope=scope))

    assert 1 < server.logins


def test_waiting_is_cancelled(remote: Client, box: "Box") -> None:
    """Whoever waits for an event is woken."""
    scope = CancelScope()
    watch = events.watch(remote, labels=box.labels, kinds=("container",), actions=("die",), scope=scope)
    threading.Timer(0.1, scope.cancel).start()

    with pytest.raises(Cancelled):
        next(iter(watch))


@pytest.mark.usefixtures("server")
def test_nothing_is_left(tmp_path: Path) -> None:
    """A client that is closed leaves neither a process nor a socket."""
    client = connect("ssh://engine")
    client.ping()
    client.close()

    assert [] == children()
    assert [] == list(tmp_path.glob("taskrunner-*"))


@pytest.mark.usefixtures("server")
def test_nothing_is_left_by_a_program_that_is_killed(tmp_path: Path) -> None:
    """Killed with nine, a program leaves no ssh behind, and no socket."""
    script = (
        "import os, sys\n"
        "from taskrunner.engine.client import Client\n"
        "from taskrunner.engine.endpoint import resolve\n"
        "client = Client(resolve('ssh://engine', None, {}))\n"
        "client.ping()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    env = {**os.environ, "KILLED": str(tmp_path)}
    subprocess.run(["python3", "-c", script], env=env, check=False, timeout=60)

    until = time.monotonic() + 20
    while time.monotonic() < until and (marked(str(tmp_path)) or list(tmp_path.glob("taskrunner-*"))):
        time.sleep(0.05)
    assert [] == marked(str(tmp_path))
    assert [] == list(tmp_path.glob("taskrunner-*"))


def marked(value: str) -> list[str]:
    """Return the processes that a test's own child started."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("KILLED") == value:
                found.append(process.name())
    return found


def test_signals_of_the_terminal_do_not_reach_ssh(server: SshServer, remote: Client) -> None:
    """After Ctrl-C the connection is needed once more, to clean up."""
    remote.ping()
    for child in psutil.Process().children():
        if child.name() == "ssh":
            for number in (2, 1, 15):
                child.send_signal(number)
    remote.json("GET", "/version", dict)

    assert 1 == server.logins


class TestRefusals:
    @pytest.mark.parametrize(
        ("address", "words", "remedy"),
        [
            ("ssh://nobody@engine", "did not let us in", "nobody@engine"),
            ("ssh://engine:1", "nothing listens there", "port"),
            ("ssh://nowhere.invalid", "no host of this name", "name"),
        ],
    )
    def test_ssh_gets_no_connection(self, server: SshServer, address: str, words: str, remedy: str) -> None:
        """User, port and host: what is wrong is said, with ssh's own words."""
        assert_refused(address, words, remedy)

    def test_an_unknown_host_key(self, server: SshServer) -> None:
        """A machine that nobody has vouched for is not talked to."""
        (server.folder / "known_hosts").write_text("")

        assert_refused("ssh://engine", "key is unknown", "`ssh engine`")

    def test_another_host_key(self, server: SshServer) -> None:
        """Nor is one that is not what it was."""
        other = (server.folder / "key.pub").read_text()
        (server.folder / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {other}")

        assert_refused("ssh://engine", "key is unknown, or is not the one", "`ssh engine`")

    @pytest.mark.parametrize(
        ("script", "words"),
        [
            ("echo 'sh: docker: not found' >&2; exit 127", "client was not found over there"),
            (
                "echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1",
                "may not use the engine",
            ),
            ("echo 'Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1", "no engine answers"),
            ("echo 'something else' >&2; exit 1", "something else"),
        ],
    )
    def test_the_other_side_has_no_engine_for_us(self, server: SshServer, script: str, words: str) -> None:
        """Docker's client over there says what it misses, and so do we."""
        server.docker(script)

        assert_refused("ssh://engine", words, "")

    def test_no_ssh(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A machine without ssh is told so."""
        monkeypatch.setenv("PATH", "/nonexistent")

        assert_refused("ssh://engine", "no `ssh`", "Install")


def assert_refused(address: str, words: str, remedy: str) -> None:
    """Assert that an engine cannot be reached, and what is said about it."""
    client = connect(address)
    with pytest.raises(EngineError) as caught:
        client.ping()
    client.close()

    assert "engine.ssh-failed" == caught.value.reference
    assert words in caught.value.message
    assert remedy in str(caught.value.hint)
    assert [] == children()


def test_a_socket_over_there(server: SshServer, client: Client) -> None:
    """The address may name the socket, with any character in its path."""
    odd = server.folder / "it's a socket"
    odd.symlink_to(client.endpoint.path)
    remote = connect(f"ssh://engine{odd}")

    assert remote.is_docker
    remote.close()


def test_a_connection_that_the_person_shares(server: SshServer) -> None:
    """Where ssh's own configuration shares connections, ours use that one."""
    config = server.folder / "config"
    config.write_text(config.read_text().replace("ControlPath none", f"ControlPath {server.folder}/own"))
    own = subprocess.Popen(["ssh", "-N", "-M", "engine"], stdin=subprocess.DEVNULL)
    try:
        while not (server.folder / "own").exists():
            assert own.poll() is None
            time.sleep(0.02)
        client = connect("ssh://engine")
        client.ping()
        client.close()
        assert own.poll() is None
    finally:
        own.terminate()
        own.wait(10)

    assert 1 == server.logins
