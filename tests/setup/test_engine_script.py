"""`.ci/engine`: when it starts an engine, when it only explains, and which engine it ends.

The daemon and the package manager are stand-ins on the PATH: a machine without an engine cannot be
had from within a test suite that needs one.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil
import pytest

if TYPE_CHECKING:
    from docker import DockerClient

SCRIPT = Path(__file__).parents[2] / ".ci" / "engine"

TOOLS = [
    "cat",
    "cut",
    "date",
    "dirname",
    "env",
    "flock",
    "grep",
    "mkdir",
    "rm",
    "sed",
    "setsid",
    "sh",
    "sleep",
    "tail",
]

DAEMON = """\
#!{python} -IS
import os, signal, socket, subprocess, sys, time

options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
with open(options["--pidfile"], "w") as file:
    file.write(str(os.getpid()))
with open("{log}", "a") as file:
    file.write("started\\n")
time.sleep({delay})
if {dies}:
    sys.exit("no kernel here")
if {has_child}:
    subprocess.Popen(["containerd"], start_new_session=True)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
server = socket.socket(socket.AF_UNIX)
path = options["--host"].removeprefix("unix://")
if os.path.exists(path):
    os.unlink(path)
server.bind(path)
server.listen()
while True:
    connection = server.accept()[0]
    connection.recv(4096)
    connection.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nOK")
    connection.close()
"""


class Done(NamedTuple):
    """What the script said and how it ended."""

    exit_code: int
    stdout: str
    stderr: str


class Machine:
    """A machine with few tools on its PATH, on which the script can be run."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.state = folder / "state"
        self.socket = folder / "docker.sock"
        self.pidfile = folder / "docker.pid"
        self.starts = folder / "starts"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        (self.bin / "python3").symlink_to(sys.executable)
        self.tool("id", "echo 0")
        self.tool("apt-get", "exit 1")
        self.tool("dpkg-query", "exit 1")
        self.tool("iptables", "exit 0")
        self.tool("containerd", "while :; do sleep 1; done")
        self.daemon()

    def tool(self, name: str, script: str) -> None:
        """Put a shell script on the PATH."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def daemon(self, *, dies: bool = False, has_child: bool = False, delay: float = 0) -> Path:
        """Put a daemon on the PATH that answers a ping, after a delay in seconds."""
        path = self.bin / "dockerd"
        path.write_text(
            DAEMON.format(python=sys.executable, log=self.starts, dies=dies, has_child=has_child, delay=delay)
        )
        path.chmod(0o755)
        return path

    def engine(self, *arguments: str, **variables: str) -> Done:
        """Run the script."""
        done = subprocess.run(
            [SCRIPT, *arguments],
            env=self.variables(variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def variables(self, more: dict[str, str]) -> dict[str, str]:
        """Return the environment of the script."""
        return {
            "PATH": str(self.bin),
            "TASKRUNNER_ENGINE_STATE": str(self.state),
            "TASKRUNNER_ENGINE_SOCKET": str(self.socket),
            **more,
        }

    def daemon_process(self) -> psutil.Process:
        """Return the daemon that runs."""
        return psutil.Process(int(self.pidfile.read_text()))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Give a machine without an engine, on which the script can start one."""
    made = Machine(tmp_path)
    yield made
    made.engine("stop")


@pytest.mark.engine
def test_engine_answers(engine: "DockerClient", tmp_path: Path) -> None:
    """Where an engine answers, the script says so, starts nothing and leaves no trace."""
    engine.ping()

    state = tmp_path / "state"
    done = subprocess.run(
        [SCRIPT],
        env={**os.environ, "TASKRUNNER_ENGINE_STATE": str(state)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith("A Docker Engine answers at ")
    assert not state.exists()


def test_engine_answers_over_tcp(machine: Machine) -> None:
    """DOCKER_HOST may name an engine that listens on a TCP port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_answer_once, args=(server,), daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"

        done = machine.engine(DOCKER_HOST=address)

    assert done == Done(0, f"A Docker Engine answers at {address}.\n", "")


def test_dead_docker_host(machine: Machine, tmp_path: Path) -> None:
    """An engine that DOCKER_HOST names and that does not answer is never replaced by one started here."""
    done = machine.engine(DOCKER_HOST=f"unix://{tmp_path}/dead.sock")

    assert done.exit_code == 1
    assert f"No Docker Engine answers at unix://{tmp_path}/dead.sock" in done.stderr
    assert not machine.starts.exists()


def test_not_root(machine: Machine) -> None:
    """Without the right to install anything, the script explains what to do."""
    machine.tool("id", "echo 1000")

    done = machine.engine()

    assert done.exit_code == 1
    assert "only as root on Debian or Ubuntu" in done.stderr
    assert not machine.starts.exists()


def test_another_distribution(machine: Machine) -> None:
    """On a machine without Debian's package manager, the script explains what to do."""
    (machine.bin / "apt-get").unlink()

    done = machine.engine()

    assert done.exit_code == 1
    assert "let DOCKER_HOST name one that runs" in done.stderr


def test_start_and_stop(machine: Machine) -> None:
    """An engine is started once, found by the next call, and ended with nothing left of it."""
    first = machine.engine()
    daemon = machine.daemon_process()
    second = machine.engine()
    stopped = machine.engine("stop")

    assert first.stdout.startswith(f"Started a Docker Engine at unix://{machine.socket};")
    assert second.stdout == f"A Docker Engine answers at unix://{machine.socket}.\n"
    assert stopped.stdout == "Stopped the Docker Engine that was started here.\n"
    assert machine.starts.read_text() == "started\n"
    assert not _runs(daemon)
    assert not machine.pidfile.exists()
    assert machine.engine("stop").stdout == "No engine was started here: nothing to stop.\n"


def test_stop_without_start(machine: Machine) -> None:
    """Ending what was never started does nothing, and is no error."""
    assert machine.engine("stop") == Done(0, "No engine was started here: nothing to stop.\n", "")


def test_engine_that_was_there(machine: Machine) -> None:
    """An engine that was there before is not ended."""
    machine.engine()
    (machine.state / "started").rename(machine.state / "kept")

    machine.engine()
    stopped = machine.engine("stop")

    assert stopped.stdout == "No engine was started here: nothing to stop.\n"
    assert _runs(machine.daemon_process())
    (machine.state / "kept").rename(machine.state / "started")


def test_owner(machine: Machine) -> None:
    """Of two scripts, one inside the other, the one that started the engine ends it."""
    machine.engine(TASKRUNNER_ENGINE_OWNER="outer")

    inner = machine.engine("stop", TASKRUNNER_ENGINE_OWNER="inner")
    daemon = machine.daemon_process()

    assert inner.stdout == "The engine was not started by this run: it stays.\n"
    assert _runs(daemon)
    assert machine.engine("stop", TASKRUNNER_ENGINE_OWNER="outer").stdout.startswith("Stopped")
    assert not _runs(daemon)


def test_id_used_again(machine: Machine) -> None:
    """A process that has the id of an engine which is long gone is left alone."""
    machine.state.mkdir()
    with subprocess.Popen(["sleep", "1000"]) as stranger:
        (machine.state / "started").write_text(f"{stranger.pid} 1 -\n")

        stopped = machine.engine("stop")

        assert stopped.stdout == "The engine that was started here has ended already.\n"
        assert stranger.poll() is None
        stranger.kill()


def test_child(machine: Machine) -> None:
    """The containerd that an engine started ends with it, though the engine did not see to that."""
    machine.daemon(has_child=True)
    machine.engine()
    (child,) = machine.daemon_process().children()

    machine.engine("stop")

    assert not _runs(child)


def test_daemon_that_dies(machine: Machine) -> None:
    """Where the engine ends at its start, its last words are shown, and nothing is recorded."""
    machine.daemon(dies=True)

    done = machine.engine()

    assert done.exit_code == 1
    assert "no kernel here" in done.stderr
    assert f"Its log is {machine.state}/dockerd.log" in done.stderr
    assert not (machine.state / "started").exists()
    assert not machine.pidfile.exists()


def test_two_at_once(machine: Machine) -> None:
    """Of two calls at once, one starts the engine and the other waits for it."""
    variables = machine.variables({})
    both = [subprocess.Popen([SCRIPT], env=variables, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate(timeout=60)[0].split()[0] for process in both)

    assert [process.returncode for process in both] == [0, 0]
    assert said == ["A", "Started"]
    assert machine.starts.read_text() == "started\n"
    assert machine.engine("stop").stdout.startswith("Stopped")


def test_daemon_that_starts(machine: Machine) -> None:
    """An engine that somebody else is just starting is waited for, and stays theirs."""
    daemon = machine.daemon(delay=1)
    arguments = ["--host", f"unix://{machine.socket}", "--pidfile", str(machine.pidfile)]
    with subprocess.Popen([str(daemon), *arguments]) as theirs:
        while not machine.starts.exists():
            time.sleep(0.02)

        done = machine.engine()

        assert done.stdout == f"A Docker Engine answers at unix://{machine.socket}.\n"
        assert machine.engine("stop").stdout == "No engine was started here: nothing to stop.\n"
        assert theirs.poll() is None
        theirs.kill()


def test_packages(machine: Machine, tmp_path: Path) -> None:
    """Where there is no engine program, it is installed from the distribution's packages first."""
    stored = (machine.bin / "dockerd").rename(tmp_path / "stored")
    machine.tool(
        "apt-get",
        f'echo "$*" >>{tmp_path}/calls\ncase "$*" in *install*) ln -s {stored} {machine.bin}/dockerd ;; esac',
    )
    (machine.bin / "ln").symlink_to(shutil.which("ln") or "ln")

    done = machine.engine()

    calls = (tmp_path / "calls").read_text().splitlines()
    assert done.exit_code == 0
    assert calls[0].endswith(" update")
    assert calls[1].endswith(" install --no-install-recommends docker.io")
    assert "Installing Debian packages: docker.io" in done.stdout
    assert f"its log is {machine.state}/dockerd.log" in done.stdout


def test_packages_out_of_reach(machine: Machine) -> None:
    """Where the packages cannot be installed, the package manager's own words are shown."""
    (machine.bin / "dockerd").unlink()
    machine.tool("apt-get", "echo 'no mirror answers'; exit 100")

    done = machine.engine()

    assert done.exit_code == 1
    assert "no mirror answers" in done.stderr
    assert "This failed: apt-get" in done.stderr


def test_unknown_word(machine: Machine) -> None:
    """A word that the script does not know is answered with those that it does."""
    assert machine.engine("restart") == Done(1, "", "Usage: .ci/engine [start|stop]\n")


def _answer_once(server: socket.socket) -> None:
    connection = server.accept()[0]
    with connection:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")


def _runs(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
