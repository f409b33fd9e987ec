"""A registry that wants a password, from Debian's package, and a bad line to it."""

import base64
import contextlib
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["PASSWORD", "BadLine", "Registry", "bad_line", "serve_registry"]

PASSWORD = "s3cret:?é"
_BLOCK = 1 << 14


class Registry(NamedTuple):
    """A registry on loopback."""

    address: str
    config: str
    """A config folder of Docker's that has the password."""

    def push(self, engine: "DockerClient", image: str, name: str, tag: str = "one") -> str:
        """Push an image that the engine has, and return the name under which the engine does not have it."""
        full = f"{self.address}/{name}"
        engine.images.get(image).tag(full, tag)
        answer = engine.images.push(full, tag, auth_config={"username": "me", "password": PASSWORD})
        assert "error" not in answer, answer
        engine.images.remove(f"{full}:{tag}")
        return full

    def login(self, address: str | None = None, user: str = "me", password: str = PASSWORD) -> str:
        """Return a config.json as `docker login` writes it, for this registry or another address of it."""
        auth = base64.b64encode(f"{user}:{password}".encode()).decode()
        return json.dumps({"auths": {address or self.address: {"auth": auth}}})


@contextlib.contextmanager
def serve_registry(folder: Path) -> Iterator[Registry]:
    """Run a registry that keeps its data in a folder."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    users = subprocess.run(["htpasswd", "-nbB", "me", PASSWORD], check=True, capture_output=True).stdout
    (folder / "users").write_bytes(users)
    config = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
        "auth": {"htpasswd": {"realm": "test", "path": str(folder / "users")}},
    }
    (folder / "config.yml").write_text(json.dumps(config))
    registry = Registry(f"localhost:{port}", str(folder))
    (folder / "config.json").write_text(registry.login())
    with open(folder / "log", "wb") as log:
        command = ["docker-registry", "serve", str(folder / "config.yml")]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _await_port(port)
            yield registry
        finally:
            process.terminate()
            process.wait()


class BadLine:
    """Hands connections on to a registry, and cuts some of them off."""

    def __init__(self, port: int) -> None:
        self.cuts = 0
        """How many more answers to cut."""
        self.after = 0
        """How many bytes of an answer come through before it is cut."""
        self.cut_answers = 0
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"localhost:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                theirs, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(theirs,), daemon=True).start()

    def _relay(self, theirs: socket.socket) -> None:
        with theirs, socket.create_connection(("127.0.0.1", self._port)) as registry:
            threading.Thread(target=_copy, args=(theirs, registry), daemon=True).start()
            passed = 0
            while data := _received(registry):
                passed += len(data)
                if self.cuts > 0 and passed > self.after:
                    self.cuts -= 1
                    self.cut_answers += 1
                    break
                with contextlib.suppress(OSError):
                    theirs.sendall(data)
            for each in (theirs, registry):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def bad_line(registry: Registry) -> Iterator[BadLine]:
    """Give a second address of a registry, which can be cut off."""
    line = BadLine(int(registry.address.partition(":")[2]))
    try:
        yield line
    finally:
        line.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    while data := _received(source):
        try:
            target.sendall(data)
        except OSError:
            return


def _received(sock: socket.socket) -> bytes:
    try:
        return sock.recv(_BLOCK)
    except OSError:
        return b""


def _await_port(port: int) -> None:
    """Wait until somebody listens."""
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
