"""Which calls a command makes: a socket in front of the engine's, which notes each request that passes."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from tests.support.http_relay import Fate, HttpRelay, OnAnswer

__all__ = ["Recorder", "recorder"]

_REQUEST: Final = re.compile(rb"([A-Z]+) (?:/v[0-9.]+)?(/[^ ?]*)")
_NAMES: Final = re.compile(
    r"(?<=/)(?:[0-9a-f]{64}|[0-9a-f]{12}|[^/]*bench[^/]*|taskrunner-test/busybox:1)(?=/|$)"
)


class Recorder(HttpRelay):
    """Forwards connections to the engine, and lists what was asked, in order."""

    def __init__(self, path: str) -> None:
        self._calls: list[str] = []
        self._lock = Lock()
        where = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
        super().__init__(path, where)

    @property
    def calls(self) -> list[str]:
        """What was asked so far: the method and the path, with `*` for ids and for the test's own names."""
        with self._lock:
            return list(self._calls)

    def on_request(self, head: bytes) -> tuple[Fate, OnAnswer]:
        """Note a call, which goes its way."""
        found = _REQUEST.match(head)
        assert found is not None, head
        with self._lock:
            self._calls.append(f"{found[1].decode()} {_NAMES.sub('*', found[2].decode())}")
        return "pass", lambda _body: "pass"


@contextmanager
def recorder(folder: Path) -> Iterator[Recorder]:
    """Give a socket in a folder that forwards to the engine which tests use."""
    made = Recorder(str(folder / "recorded.sock"))
    try:
        yield made
    finally:
        made.close()
