"""Which calls a command makes: a socket in front of the engine's, which notes each request that passes."""

import os
import re
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import Final

__all__ = ["Recorder", "recorder"]

_REQUEST: Final = re.compile(rb"(GET|POST|PUT|DELETE|HEAD) (?:/v[0-9.]+)?(/[^ ?]*)[^ ]* HTTP/1\.1\r\n")
_NAMES: Final = re.compile(
    r"(?<=/)(?:[0-9a-f]{64}|[0-9a-f]{12}|[^/]*bench[^/]*|taskrunner-test/busybox:1)(?=/|$)"
)


class Recorder:
    """Forwards connections to the engine, and lists what was asked, in order."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._calls: list[str] = []
        self._lock = Lock()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        self._server.listen(64)
        self._accepting = Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def calls(self) -> list[str]:
        """What was asked so far: the method and the path, with `*` for ids and for the test's own names."""
        with self._lock:
            return list(self._calls)

    def close(self) -> None:
        """Take no more connections."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._server.close()
        os.unlink(self.path)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        where = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
        with client, socket.socket(socket.AF_UNIX) as engine:
            engine.connect(where)
            others = {client: engine, engine: client}
            while others:
                for source in select.select(list(others), [], [])[0]:
                    if not self._passed_on(source, others[source]):
                        del others[source]

    def _passed_on(self, source: socket.socket, target: socket.socket) -> bool:
        """Hand on what has arrived, or the end; return whether more may follow."""
        try:
            data = source.recv(65536)
            if not data:
                target.shutdown(socket.SHUT_WR)
                return False
            if source.getsockname() == self.path:
                self._note(data)
            target.sendall(data)
        except OSError:
            return False  # one side is gone, and so is what it had to say
        return True

    def _note(self, data: bytes) -> None:
        found = [f"{m[1].decode()} {_NAMES.sub('*', m[2].decode())}" for m in _REQUEST.finditer(data)]
        with self._lock:
            self._calls.extend(found)


@contextmanager
def recorder(folder: Path) -> Iterator[Recorder]:
    """Give a socket in a folder that forwards to the engine which tests use."""
    made = Recorder(str(folder / "recorded.sock"))
    try:
        yield made
    finally:
        made.close()
