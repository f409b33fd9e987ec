"""The engine, as far as an answer tells that a run gets anyway."""

from collections.abc import Iterator
from typing import Final, Protocol

from taskrunner.usage_collectors.answers import Topic

__all__ = ["FIELDS", "collect"]

_TOPIC: Final = Topic(
    proposal="0006-engine",
    level="middle",
    gathered="The engine's answer to the first request of each run.",
    load="None: the answer is there.",
    identifying="Versions keep their numbers only; the rest is one of a few words.",
    alternatives="The engine's own description of itself, which names the machine.",
)
_CONNECTION: Final = _TOPIC._replace(
    gathered="The scheme of the engine's address; the address itself is not told.",
    alternatives="The address, which names a machine.",
)

FIELDS: Final = (
    _TOPIC.field(
        "dockerVersion", "version", "Which versions of Docker can be dropped?", "27.3.1", level="basic"
    ),
    _TOPIC.field("dockerApiVersion", "version", "Which features of its API can be relied on?", "1.47"),
    _TOPIC.enum("engineKind", "Which engines besides Docker must work?", ("docker", "podman")),
    _TOPIC.enum("containerType", "Does anybody run Windows containers?", ("linux", "windows")),
    _TOPIC.enum("builderVersion", "May BuildKit be taken for granted?", ("1", "2")),
    _CONNECTION.enum("dockerConnectionType", "How are engines reached?", ("unix", "tcp", "npipe", "ssh")),
    _CONNECTION.flag("dockerTls", "Are connections to engines encrypted?"),
    _CONNECTION.flag("dockerTlsVerify", "Are the engines' certificates checked?"),
)


class Ping(Protocol):
    """What an engine says about itself."""

    @property
    def api_version(self) -> str:
        """The newest API that it speaks."""

    @property
    def server(self) -> str:
        """Such as `Docker/20.10.24 (linux)`."""

    @property
    def os_type(self) -> str:
        """`linux` or `windows`."""

    @property
    def builder_version(self) -> str:
        """`2` where it prefers BuildKit."""


class Tls(Protocol):
    """How a connection is encrypted."""

    @property
    def verify(self) -> bool:
        """Whether the engine's certificate is checked."""


class Connection(Protocol):
    """How the engine is reached."""

    @property
    def kind(self) -> str:
        """The scheme of its address."""

    @property
    def tls(self) -> Tls | None:
        """None for a connection without TLS."""


def collect(ping: Ping, connection: Connection) -> Iterator[tuple[str, object]]:
    """Give the fields' values."""
    product, _, rest = ping.server.partition("/")
    kind = {"Docker": "docker", "Libpod": "podman"}.get(product, "other")
    yield "engineKind", kind
    if kind == "docker":
        yield "dockerVersion", rest.partition(" ")[0]
    yield "dockerApiVersion", ping.api_version
    yield "containerType", ping.os_type
    yield "builderVersion", ping.builder_version or None
    yield "dockerConnectionType", connection.kind
    yield "dockerTls", connection.tls is not None
    yield "dockerTlsVerify", connection.tls is not None and connection.tls.verify
