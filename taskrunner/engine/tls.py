"""Connections with TLS, of which one direction can end before the other.

`ssl.SSLSocket` cannot do that: its `shutdown` drops the encryption, and what arrives next is taken for
plain text. So the records go through memory here, and the end of our input is TLS's own (close_notify).
"""

import contextlib
import socket
import ssl
from threading import Lock
from typing import TYPE_CHECKING

from taskrunner.engine.errors import unreachable
from taskrunner.engine.transports import open_tcp
from taskrunner.errors import EngineError, UserError

if TYPE_CHECKING:
    from taskrunner.engine.endpoint import Endpoint, Tls

__all__ = ["TlsDialer", "TlsSocket"]

_CHUNK = 1 << 16
# How long the reason may be on its way why the engine hung up on us.
_REASON_PATIENCE = 1.0


class TlsDialer:
    """Connects to an engine with TLS."""

    def __init__(self, endpoint: "Endpoint", tls: "Tls") -> None:
        self._endpoint = endpoint
        self._context = _context(tls)

    def connect(self) -> "TlsSocket":
        """Open a connection and agree on keys. Raises EngineError."""
        try:
            sock = open_tcp(self._endpoint)
        except OSError as error:
            raise unreachable(self._endpoint.text, error) from error
        made = TlsSocket(sock, self._context, self._endpoint.host, self._endpoint.text)
        try:
            made.handshake()
        except BaseException as error:
            made.close()
            if isinstance(error, OSError):
                raise unreachable(self._endpoint.text, error) from error
            raise
        return made

    def close(self) -> None:
        """Do nothing: connections share nothing that is open."""


class TlsSocket:
    """A connected socket that speaks TLS; one thread may read while another one writes."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, host: str, address: str) -> None:
        self._socket = sock
        self._address = address
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        # Records have to leave in the order in which they were made.
        self._sending = Lock()
        self._state = Lock()
        self._decrypted = bytearray()
        """What nobody has read yet."""

    def handshake(self) -> None:
        """Agree on keys. Raises EngineError where that fails, and OSError where the connection does."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._socket.sendall(self._outgoing.read())
                if data := self._socket.recv(_CHUNK):
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError as error:
                # The other side is told why, as far as it listens.
                with contextlib.suppress(OSError):
                    self._socket.sendall(self._outgoing.read())
                raise _failure(self._address, error) from error
            else:
                self._socket.sendall(self._outgoing.read())
                return

    def sendall(self, data: bytes, /) -> None:
        """Encrypt and send everything."""
        view = memoryview(data)
        try:
            with self._sending:
                for start in range(0, len(view), _CHUNK):
                    with self._state:
                        self._tls.write(view[start : start + _CHUNK])
                        records = self._outgoing.read()
                    self._socket.sendall(records)
        except TimeoutError:
            raise
        except OSError:
            self._look_for_reason()
            raise

    def recv(self, size: int, /) -> bytes:
        """Return what arrived, at most so much; nothing at the end."""
        buffer = bytearray(size)
        return bytes(buffer[: self.recv_into(memoryview(buffer))])

    def recv_into(self, buffer: memoryview, /) -> int:
        """Store what arrived, decrypted, and return how much that is; 0 at the end."""
        while True:
            with self._state:
                if self._decrypted:
                    taken = self._decrypted[: len(buffer)]
                    del self._decrypted[: len(taken)]
                    buffer[: len(taken)] = taken
                    return len(taken)
                try:
                    return self._tls.read(len(buffer), buffer)  # type: ignore[return-value]
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLZeroReturnError:
                    return 0
                except ssl.SSLError as error:
                    raise _failure(self._address, error) from error
            data = self._socket.recv(_CHUNK)
            if not data:
                return 0
            with self._state:
                self._incoming.write(data)

    def settimeout(self, seconds: float | None, /) -> None:
        """Set how long sending and receiving may wait."""
        self._socket.settimeout(seconds)

    def shutdown(self, how: int, /) -> None:
        """Tell the other side that nothing more comes, or end both directions at once."""
        if how != socket.SHUT_WR:
            self._socket.shutdown(how)
            return
        with self._sending:
            with self._state:
                # It would take what has arrived and was not read for an answer, and break off.
                self._decrypt_all()
                with contextlib.suppress(ssl.SSLWantReadError):
                    # The other side goes on sending: its own end is awaited by whoever reads.
                    self._tls.unwrap()
            self._socket.sendall(self._outgoing.read())

    def _decrypt_all(self) -> None:
        # Where that fails, or comes to the end, so does the next one that reads.
        with contextlib.suppress(ssl.SSLError):
            while data := self._tls.read(_CHUNK):
                self._decrypted += data

    def fileno(self) -> int:
        """Return the descriptor that turns readable when something arrives."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _look_for_reason(self) -> None:
        """Raise EngineError where the engine said why it hung up; of our certificate it tells that late."""
        self._socket.settimeout(_REASON_PATIENCE)
        with contextlib.suppress(OSError):
            self.recv_into(memoryview(bytearray(_CHUNK)))


def _context(tls: "Tls") -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        if tls.verify and tls.ca is not None:
            context = ssl.create_default_context(cafile=tls.ca)
        if tls.certificate is not None:
            context.load_cert_chain(tls.certificate, tls.key)
    except OSError as error:
        raise _unusable(tls, error) from error
    return context


def _unusable(tls: "Tls", error: OSError) -> UserError:
    files = [path for path in (tls.ca, tls.certificate, tls.key) if path is not None]
    reason = error.strerror or str(error)
    return UserError(
        "engine.tls-files",
        f"The certificates for the engine cannot be used ({', '.join(files)}): {reason}.",
        "They are PEM files, and certificate and key belong together: --docker-tls-ca-cert, "
        "--docker-tls-cert and --docker-tls-key name them one by one, --docker-cert-path their folder.",
    )


_ADVICE = (
    (
        "CERTIFICATE_VERIFY_FAILED",
        "Is it the engine's name that stands in its certificate? --docker-tls-ca-cert names who signed it.",
    ),
    (
        "WRONG_VERSION_NUMBER",
        "It does not seem to use TLS: is it another port, or an engine without?",
    ),
    (
        "ALERT",
        "The engine wants a certificate of ours that it knows: --docker-cert-path names the folder of ours.",
    ),
)


def _failure(address: str, error: ssl.SSLError) -> EngineError:
    reason = error.reason or ""
    text = getattr(error, "verify_message", None) or reason.replace("_", " ").lower() or str(error)
    hint = next((remedy for symptom, remedy in _ADVICE if symptom in reason), None)
    return EngineError(
        "engine.tls-failed",
        f"The engine at {address} cannot be talked to with TLS: {text}.",
        hint or "Check the address, and whether the engine uses TLS there.",
    )
