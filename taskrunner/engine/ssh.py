"""Connections through ssh to the engine of another machine, as Docker's own client makes them.

`docker system dial-stdio` over there joins a session with the engine. Each session is a process of ours
whose standard input and output are one end of a socket pair, so that the other end behaves like any
socket, half-closing included. A first process logs in, and the others share its connection: a person
is asked for a password, or to touch a key, once.
"""

import contextlib
import os
import secrets
import shlex
import signal
import socket
import subprocess
import tempfile
import termios
import time
from collections.abc import Iterator
from threading import Lock
from typing import IO, TYPE_CHECKING, Final

from taskrunner.engine.errors import connection_lost
from taskrunner.errors import EngineError

if TYPE_CHECKING:
    from taskrunner.engine.endpoint import Endpoint

__all__ = ["SshDialer", "SshSocket"]

# What a terminal or a CI system sends to the whole group: ending a run needs the connection once more.
_NOT_FOR_CHILDREN: Final = {signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM, signal.SIGTSTP}
_CONNECT_TIMEOUT = 30
# ssh adds 17 characters while it makes the socket, and the kernel takes 108 (104 on macOS).
_LONGEST_PATH = 85
_GLANCE = 0.01
# How long a session that ended may take to say why.
_REASON_PATIENCE = 5.0


class SshDialer:
    """Opens sessions on one machine, all within one ssh connection."""

    def __init__(self, endpoint: "Endpoint") -> None:
        self._endpoint = endpoint
        self._lock = Lock()
        self._shared: _Shared | None = None

    def connect(self) -> "SshSocket":
        """Open a session to the engine over there. Raises EngineError."""
        try:
            with self._lock:
                if self._shared is None:
                    self._shared = _Shared(self._endpoint)
                options = self._shared.options
            return _open(self._endpoint, options)
        except FileNotFoundError as error:
            raise EngineError(
                "engine.ssh-failed",
                f"The engine at {self._endpoint.text} cannot be reached: there is no `ssh` on the PATH.",
                "Install OpenSSH's client.",
            ) from error

    def close(self) -> None:
        """End the connection that the sessions share."""
        with self._lock:
            if self._shared is not None:
                self._shared.close()
                self._shared = None


class SshSocket:
    """One end of a session's socket pair, with the process that has the other end."""

    def __init__(
        self, ours: socket.socket, process: subprocess.Popen[bytes], said: IO[bytes], endpoint: "Endpoint"
    ) -> None:
        self._socket = ours
        self._process = process
        self._said = said
        self._endpoint = endpoint
        self._received = False
        self._given_up = False
        self.sendall = ours.sendall
        self.settimeout = ours.settimeout
        self.fileno = ours.fileno

    def recv(self, size: int, /) -> bytes:
        """Return what arrived, at most so much; nothing at the end."""
        data = self._socket.recv(size)
        self._note(len(data))
        return data

    def recv_into(self, buffer: memoryview, /) -> int:
        """Store what arrived and return how much that is; 0 at the end."""
        size = self._socket.recv_into(buffer)
        self._note(size)
        return size

    def shutdown(self, how: int, /) -> None:
        """End one direction, which `dial-stdio` passes on to the engine, or both."""
        if how == socket.SHUT_RDWR:
            self._given_up = True
        self._socket.shutdown(how)

    def await_file(self, path: str) -> None:
        """Wait until the process makes a file, which may take a person a while. Raises EngineError."""
        while not os.path.exists(path):
            if self._process.poll() is not None:
                raise _failure(self._endpoint, self._process, self._said)
            time.sleep(_GLANCE)

    def close(self) -> None:
        """End the session."""
        self._given_up = True
        self._socket.close()
        _end(self._process)
        self._said.close()

    def _note(self, received: int) -> None:
        """Raise EngineError where the session ended before the engine answered."""
        if received:
            self._received = True
        elif not self._received and not self._given_up:
            raise _failure(self._endpoint, self._process, self._said)


class _Shared:
    """The connection that sessions share; one that the person's own configuration shares is left to it."""

    def __init__(self, endpoint: "Endpoint") -> None:
        self.options: tuple[str, ...] = ()
        self._path = _control_path()
        self._session: SshSocket | None = None
        if _is_shared_already(endpoint):
            return
        # It ends with its session, which ends when we do, whatever ends us.
        with _terminal_kept():
            session = _open(endpoint, ("-o", "ControlMaster=yes", "-o", f"ControlPath={self._path}"))
            try:
                session.await_file(self._path)
            except BaseException:
                session.close()
                raise
        self._session = session
        self.options = ("-o", "ControlMaster=no", "-o", f"ControlPath={self._path}")

    def close(self) -> None:
        """End it at once, and with it every session."""
        if self._session is not None:
            self._session.close()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)


def _control_path() -> str:
    name = f"taskrunner-{secrets.token_hex(8)}"
    path = os.path.join(tempfile.gettempdir(), name)
    # Nobody can guess the name, so a folder that others may write in will do.
    return path if len(path) <= _LONGEST_PATH else f"/tmp/{name}"  # noqa: S108


def _is_shared_already(endpoint: "Endpoint") -> bool:
    """Return whether the person's configuration of ssh has this host's connections shared."""
    settings = subprocess.run(
        ["ssh", "-G", *_destination(endpoint)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    return any(line.startswith("controlpath ") and line != "controlpath none" for line in settings)


def _open(endpoint: "Endpoint", options: tuple[str, ...]) -> SshSocket:
    where = f"--host {shlex.quote('unix://' + endpoint.path)} " if endpoint.path else ""
    command = [
        "ssh",
        *("-T", "-o", f"ConnectTimeout={_CONNECT_TIMEOUT}", *options),
        *_destination(endpoint),
        f"docker {where}system dial-stdio",
    ]
    ours, theirs = socket.socketpair()
    said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the session
    try:
        with theirs:
            process = _start(command, theirs, said)
    except BaseException:
        ours.close()
        said.close()
        raise
    return SshSocket(ours, process, said, endpoint)


def _destination(endpoint: "Endpoint") -> tuple[str, ...]:
    user = ("-l", endpoint.user) if endpoint.user else ()
    port = ("-p", str(endpoint.port)) if endpoint.port else ()
    return (*user, *port, "--", endpoint.host)


def _start(command: list[str], theirs: socket.socket, said: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a process that the terminal's signals do not reach: a mask is handed down."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _NOT_FOR_CHILDREN)
    try:
        return subprocess.Popen(command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=said)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@contextlib.contextmanager
def _terminal_kept() -> Iterator[None]:
    """Give the terminal back as it was where a question for a password is broken off."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        yield
        return
    before = termios.tcgetattr(terminal)
    try:
        yield
    except BaseException:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
        raise
    finally:
        os.close(terminal)


_REASONS: Final = (
    (
        "host key verification failed",
        "the host's key is unknown, or is not the one that ssh remembers",
        "Run `ssh {host}` once, compare the key with the one that you were told, and try again.",
    ),
    (
        "permission denied (",
        "it did not let us in",
        "`ssh {host}` has to work without our help: check the user, and the key or the agent that has it.",
    ),
    (
        "could not resolve hostname",
        "there is no host of this name",
        "Check the name; ssh's own configuration may give it another one.",
    ),
    ("connection refused", "nothing listens there", "Check the port, and whether sshd runs."),
    ("timed out", "no answer", "Check the address, the network and firewalls in between."),
    ("no route to host", "no answer", "Check the address, the network and firewalls in between."),
    (
        "permission denied while trying to connect",
        "that user may not use the engine over there",
        "Add the user to the group docker on that machine.",
    ),
    (
        "cannot connect to the docker daemon",
        "no engine answers over there",
        "Start the engine on that machine, or write its socket's path behind the host.",
    ),
    (
        "not found",
        "Docker's client was not found over there",
        "Install it on that machine, so that `ssh {host} docker version` finds it.",
    ),
)


def _failure(endpoint: "Endpoint", process: subprocess.Popen[bytes], said: IO[bytes]) -> EngineError:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_REASON_PATIENCE)
    said.seek(0)
    words = said.read().decode(errors="replace").strip()
    if not words and not process.returncode:
        return connection_lost()
    for symptom, reason, hint in _REASONS:
        if symptom in words.lower():
            return _unreachable(endpoint, reason, hint, words)
    return _unreachable(endpoint, "ssh ended", "See whether `ssh {host} docker version` works.", words)


def _unreachable(endpoint: "Endpoint", reason: str, hint: str, words: str) -> EngineError:
    last = words.splitlines()[-1].strip() if words else ""
    said = f" ssh said: {last}" if last else ""
    host = f"{endpoint.user}@{endpoint.host}" if endpoint.user else endpoint.host
    return EngineError(
        "engine.ssh-failed",
        f"The engine at {endpoint.text} cannot be reached: {reason}.{said}",
        hint.format(host=host),
    )
