"""A Docker Engine of a test's own, in namespaces of its own: to be stopped, filled and harmed."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["OwnEngine"]

# What it keeps lies in a small file system of its own, which nobody but it sees.
_NAMESPACE = """
mount -t tmpfs -o size={megabytes}m tmpfs {data}
ip link set lo up
touch {folder}/ready
exec sleep 100000
"""


class OwnEngine:
    """An engine that runs until it is closed; the folder for its data stays when it is stopped.

    Its programs come from `path`, a PATH.
    """

    def __init__(self, megabytes: int = 200, path: str | None = None) -> None:
        self._environment = {**os.environ, "PATH": path or os.environ["PATH"]}
        self._temporary = tempfile.TemporaryDirectory(
            prefix="engine", dir="/var/tmp", ignore_cleanup_errors=True
        )
        self.folder = Path(self._temporary.name)
        self.data = self.folder / "data"
        self.data.mkdir()
        self.socket = str(self.folder / "docker.sock")
        self._daemon: subprocess.Popen[bytes] | None = None
        values = {"megabytes": megabytes, "data": self.data, "folder": self.folder}
        # The namespaces outlive a stop of the engine, and with them its data.
        self._holder = subprocess.Popen(
            [
                "unshare",
                "--mount",
                "--net",
                "--propagation",
                "private",
                "sh",
                "-ec",
                _NAMESPACE.format(**values),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        _await((self.folder / "ready").exists, self._holder)
        self.start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        try:
            self._start()
        except AssertionError:
            # Told to end in the middle of removing a network, Engine 20.10 has it half removed in this file
            # and fails at each start. Whoever meets that has to remove the file.
            said = Path(self.folder, "log").read_text(encoding="utf-8", errors="replace")
            if "libnetwork.(*controller).reservePools" not in said:
                raise
            self._run("rm", f"{self.data}/root/network/files/local-kv.db")
            self._start()

    def _start(self) -> None:
        with open(self.folder / "log", "ab") as log:
            self._daemon = subprocess.Popen(
                [
                    *self._inside,
                    *("dockerd", "--host", self.address, "--data-root", f"{self.data}/root"),
                    *("--exec-root", f"{self.folder}/exec", "--pidfile", f"{self.folder}/pid"),
                    *("--shutdown-timeout", "1", "--log-level", "error"),
                ],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _await(self._answers, self._daemon)

    def stop(self) -> None:
        """Stop it as a machine's shutdown does: it answers nobody any more, and ends its containers.

        We speed that up. Were they killed before, what follows from that would still reach the engine.
        """
        if self._daemon is not None:
            processes = self._processes()
            self._daemon.terminate()
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            self._daemon.wait(30)
            self._daemon = None

    def _processes(self) -> list[int]:
        """Return the first processes of its containers: it has no namespace of its own for processes."""
        found = []
        with contextlib.closing(self.client()) as client:
            for container in client.api.containers():
                with contextlib.suppress(Exception):
                    found.append(int(client.api.inspect_container(container["Id"])["State"]["Pid"]))
        return [process for process in found if process > 0]

    def fill(self, spare_kilobytes: int = 0) -> None:
        """Fill its disk, but for a little."""
        script = f"dd if=/dev/zero of={self.data}/ballast bs=64k 2>/dev/null || true; "
        script += f"truncate -s -{spare_kilobytes}K {self.data}/ballast"
        self._run("sh", "-c", script)

    def empty(self) -> None:
        """Give back what `fill` took."""
        self._run("rm", "-f", f"{self.data}/ballast")

    def client(self) -> "DockerClient":
        """Return docker-py's client of it."""
        import docker

        return docker.DockerClient(base_url=self.address)

    def close(self) -> None:
        """End it and everything in it."""
        self.stop()
        self._holder.kill()
        self._holder.wait(10)
        self._temporary.cleanup()

    @property
    def _inside(self) -> list[str]:
        return ["nsenter", "--target", str(self._holder.pid), "--mount", "--net"]

    def _run(self, *command: str) -> None:
        subprocess.run([*self._inside, *command], check=True, timeout=60)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as sock, contextlib.suppress(OSError):
            sock.settimeout(5)
            sock.connect(self.socket)
            sock.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return sock.recv(64).startswith(b"HTTP/1.0 200")
        return False


def _await(is_so: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    for _ in range(900):
        if is_so():
            return
        assert process.poll() is None, "it ended too early"
        time.sleep(0.05)
    raise AssertionError("it took too long")
