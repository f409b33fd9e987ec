"""A relay at the engine's socket that does harm at one call: before the engine hears of it, or after.

It knows HTTP well enough to tell one call from the next, and calls the containers by their names in the
config, so that the same call has the same name in each run.
"""

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from typing import Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

__all__ = ["Call", "Fate", "FaultRelay", "When"]

When = Literal["before", "after"]
Fate = Literal["pass", "refuse", "drop"]
"""What becomes of the call: it goes on, is answered with status 500, or its connection is closed."""

_REFUSAL = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n"
    b'{"message":"injected fault"}'
)


class Call(NamedTuple):
    """A call, the first of its name in a run."""

    name: str
    when: When

    def __str__(self) -> str:
        return f"{self.when} {self.name}"


class FaultRelay:
    """Listens at a socket and hands calls on to the engine's."""

    def __init__(self, path: str, engine: str, project: str) -> None:
        self._engine = engine
        self._project = project
        self._lock = threading.Lock()
        self._armed: tuple[Call, Callable[[], Fate]] | None = None
        self._roles: dict[str, str] = {}
        self.names: list[str] = []
        """The names of the calls so far, each once, in the order in which they came."""
        self.fired = False
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self.address = f"unix://{path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, call: Call | None, harm: Callable[[], Fate] = lambda: "pass") -> None:
        """Forget the last run, and do harm once in the next one; `harm` says what becomes of the call."""
        with self._lock:
            self._armed = None if call is None else (call, harm)
            self._roles.clear()
            self.names.clear()
            self.fired = False

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                theirs, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(theirs,), daemon=True).start()

    def _serve(self, theirs: socket.socket) -> None:
        with theirs, socket.socket(socket.AF_UNIX) as engine, contextlib.suppress(OSError, _End):
            engine.connect(self._engine)
            client, server = _Reader(theirs), _Reader(engine)
            while self._one_call(client, server):
                pass

    def _one_call(self, client: "_Reader", server: "_Reader") -> bool:
        head, target = client.head()
        name, first = self._name(head)
        fate = self._harm(name, "before") if first else "pass"
        body = client.body(target)
        if fate != "pass":
            return self._end(client, fate)
        server.socket.sendall(head + body)
        answer, fields = server.head()
        upgraded = b"upgrade: tcp" in head.lower()
        endless = "content-length" not in fields and (name.endswith(("events", "create image")) or upgraded)
        rest = b"" if endless or name.startswith("HEAD") else server.body(fields)
        self._learn(head, rest)
        fate = self._harm(name, "after") if first else "pass"
        if fate != "pass":
            return self._end(client, fate)
        client.socket.sendall(answer + rest)
        if endless:
            _join(client, server)
            return False
        return True

    def _end(self, client: "_Reader", fate: Fate) -> bool:
        if fate == "refuse":
            client.socket.sendall(_REFUSAL)
            return True
        return False

    def _harm(self, name: str, when: When) -> Fate:
        with self._lock:
            armed = self._armed
            if armed is None or armed[0] != Call(name, when):
                return "pass"
            self._armed = None
            self.fired = True
        return armed[1]()

    def _name(self, head: bytes) -> tuple[str, bool]:
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        parts = urlsplit(target)
        path = re.sub(r"^/v[0-9.]+", "", parts.path).strip("/")
        words = [self._roles.get(word, word) for word in path.split("/")]
        if words[0] == "images":
            words[1:-1] = ["image"]
        if created := parse_qs(parts.query).get("name"):
            words.append(self._role(created[0]))
        name = f"{method} {'/'.join(words)}"
        with self._lock:
            first = name not in self.names
            if first:
                self.names.append(name)
        return name, first

    def _role(self, name: str) -> str:
        return name.removeprefix(f"{self._project}-").rpartition("-")[0]

    def _learn(self, head: bytes, rest: bytes) -> None:
        """Remember what an id stands for that the engine just gave."""
        line = head.split(b"\r\n", 1)[0].decode()
        if not line.startswith("POST"):
            return
        target = urlsplit(line.split(" ")[1])
        made = re.search(r'"Id"\s*:\s*"([0-9a-f]{64})"', rest.decode(errors="replace"))
        if made is None:
            return
        words = target.path.strip("/").split("/")
        if words[-1] == "exec":
            self._roles[made[1]] = f"in {self._roles.get(words[-2], words[-2])}"
        elif words[-2] == "networks":
            self._roles[made[1]] = "network"
        elif name := parse_qs(target.query).get("name"):
            self._roles[made[1]] = self._role(name[0])


class _End(Exception):  # noqa: N818 - the other side has nothing more to say
    """The connection ended."""


class _Reader:
    """Reads heads and bodies off a connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.buffer = b""

    def head(self) -> tuple[bytes, dict[str, str]]:
        """Return a head as it came, and its fields by lower-case name."""
        head = self._until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")[1:]
        fields = [line.partition(":") for line in lines if line]
        return head, {name.lower(): value.strip().lower() for name, _, value in fields}

    def body(self, fields: dict[str, str]) -> bytes:
        """Return a body as it came."""
        if fields.get("transfer-encoding") == "chunked":
            return self._chunks()
        if "content-length" in fields:
            return self._exactly(int(fields["content-length"]))
        return b""  # such as 204 and 304

    def _chunks(self) -> bytes:
        whole = b""
        while True:
            line = self._until(b"\r\n")
            size = int(line.split(b";")[0], 16)
            whole += line + self._exactly(size + 2)
            if not size:
                return whole

    def _exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self._fill()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def _until(self, mark: bytes) -> bytes:
        while mark not in self.buffer:
            self._fill()
        before, _, self.buffer = self.buffer.partition(mark)
        return before + mark

    def _fill(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise _End
        self.buffer += data


def _join(client: _Reader, server: _Reader) -> None:
    """Hand everything on, each direction until it ends."""
    if client.buffer:
        server.socket.sendall(client.buffer)
    if server.buffer:
        client.socket.sendall(server.buffer)
    back = threading.Thread(target=_copy, args=(server.socket, client.socket), daemon=True)
    back.start()
    _copy(client.socket, server.socket)
    back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
