"""Health checks from outside the container: a port that takes connections, a request that is answered.

On a Linux machine with an engine of its own, containers are reached at their own addresses. Everywhere
else, and where those lead nowhere, a published port is tried.
"""

import socket
import sys
import time
from collections.abc import Iterator

from taskrunner.config.model import HealthCheck
from taskrunner.engine import containers
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.endpoint import Endpoint
from taskrunner.engine.execs import ExecResult
from taskrunner.errors import EngineError
from taskrunner.records import NamedTuple

__all__ = ["probe"]

# An address that nobody answers at, as in a virtual machine, must not use up the whole time.
_CONNECT = 1.0
# A published port takes connections before the container does, and then drops them at once.
_DROPPED_WITHIN = 0.2
_LONGEST_LINE = 4096


class _Address(NamedTuple):
    host: str
    port: int
    published: bool


def probe(
    client: Client, container_id: str, check: HealthCheck, timeout: float, scope: CancelScope
) -> ExecResult:
    """Look once; the exit code is 0 for a healthy container, 1 for another, None after the timeout.

    Raises Cancelled.
    """
    port = check.http.port if check.http is not None else check.tcp or 0
    try:
        reached = containers.addresses(client, container_id, port)
    except EngineError as error:
        return ExecResult(1, error.message)
    result = ExecResult(
        1, f"Port {port} cannot be reached from this machine: publish it, with the container's `ports`."
    )
    deadline = time.monotonic() + timeout
    for address in _addresses(client.endpoint, reached, port):
        result = _ask(address, check, deadline, scope)
        scope.check()
        if result.exit_code == 0:
            break
    return result


def _addresses(endpoint: Endpoint, reached: containers.Addresses, port: int) -> Iterator[_Address]:
    if endpoint.is_local and sys.platform == "linux":
        for host in reached.own:
            yield _Address(host, port, published=False)
    for published in reached.published[:1]:
        yield _Address(endpoint.host or "127.0.0.1", published, published=True)


def _ask(address: _Address, check: HealthCheck, deadline: float, scope: CancelScope) -> ExecResult:
    where = f"{address.host}:{address.port}"
    left = deadline - time.monotonic()
    if left <= 0:
        return ExecResult(None, f"{where} did not answer in time.")
    try:
        with socket.create_connection((address.host, address.port), min(left, _CONNECT)) as connection:
            scope.add(connection)
            try:
                if check.http is not None:
                    return _request(connection, where, check.http.path, deadline)
                return _keeps(connection, where) if address.published else ExecResult(0, "")
            finally:
                scope.discard(connection)
    except TimeoutError:
        return ExecResult(None, f"{where} did not answer in time.")
    except OSError as error:
        return ExecResult(1, f"{where}: {error.strerror or error}.")


def _keeps(connection: socket.socket, where: str) -> ExecResult:
    connection.settimeout(_DROPPED_WITHIN)
    try:
        dropped = not connection.recv(1)
    except TimeoutError:
        dropped = False  # it waits for us to speak first
    return ExecResult(1, f"{where} drops connections.") if dropped else ExecResult(0, "")


def _request(connection: socket.socket, where: str, path: str, deadline: float) -> ExecResult:
    lines = (f"GET {path} HTTP/1.1", f"Host: {where}", "User-Agent: taskrunner", "Accept: */*")
    connection.sendall("\r\n".join((*lines, "Connection: close", "", "")).encode("ascii"))
    received = b""
    while b"\n" not in received and len(received) < _LONGEST_LINE:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        data = connection.recv(_LONGEST_LINE)
        if not data:
            break
        received += data
    line = received.partition(b"\n")[0].decode("latin-1").rstrip("\r")
    protocol, _, status = line.partition(" ")
    if not protocol.startswith("HTTP/"):
        return ExecResult(1, f"http://{where}{path} does not answer in HTTP.")
    healthy = status[:3].isascii() and status[:3].isdigit() and 200 <= int(status[:3]) < 400
    return ExecResult(0 if healthy else 1, f"http://{where}{path} answers {status}")
