"""A Podman service of a test's own, with its own storage, networks and socket."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["Podman"]

# Limits that any machine allows, and no systemd.
_CONTAINERS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
"""


class Podman:
    """A service with a Docker-compatible API, that has one small image."""

    def __init__(self, folder: Path, image: str, engine: "DockerClient") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._socket = str(folder / "podman.sock")
        self._options = [
            "--root", str(folder / "root"),
            "--runroot", str(folder / "run"),
            "--tmpdir", str(folder / "tmp"),
            "--network-config-dir", str(folder / "networks"),
        ]  # fmt: skip
        (folder / "containers.conf").write_text(_CONTAINERS)
        self._environment = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}
        with open(folder / "log", "wb") as log:
            self._process = subprocess.Popen(
                ["podman", *self._options, "system", "service", "--time", "0", self.address],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._await()
        self._load(engine, image)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"unix://{self._socket}"

    def left(self) -> list[str]:
        """Return a line for each container and network that somebody made and did not remove."""
        containers = self._podman("ps", "--all", "--format", "container {{.Names}}")
        networks = self._podman("network", "ls", "--format", "network {{.Name}}")
        return [line for line in (containers + networks).splitlines() if line != "network podman"]

    def remove_image(self, reference: str) -> None:
        """Remove an image, which need not be there."""
        self._podman("rmi", "--force", reference)

    def close(self) -> None:
        """Remove all that is left, end the service, and give the storage back."""
        self._podman("system", "reset", "--force")
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        # They would watch over exec's that are long done, each for five minutes.
        for process in psutil.process_iter(["name", "cmdline"]):
            words = process.info["cmdline"] or ()
            if process.info["name"] == "conmon" and str(self._folder) in " ".join(words):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()

    def _podman(self, *arguments: str) -> str:
        return subprocess.run(
            ["podman", *self._options, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        ).stdout

    def _load(self, engine: "DockerClient", image: str) -> None:
        archive = self._folder / "image.tar"
        with open(archive, "wb") as file:
            # Under this name alone: other tests give the image further ones meanwhile.
            file.writelines(engine.images.get(image).save(named=image))
        loaded = self._podman("load", "--input", str(archive))
        assert image in loaded, (loaded, (self._folder / "log").read_text())

    def _await(self) -> None:
        for _ in range(600):
            assert self._process.poll() is None, (self._folder / "log").read_text()
            with socket.socket(socket.AF_UNIX) as sock:
                try:
                    sock.connect(self._socket)
                except OSError:
                    time.sleep(0.05)
                else:
                    return
        raise AssertionError("podman does not listen")
