"""Certificates of a test's own, made by OpenSSL, and an engine behind TLS."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["authority", "tls_engine"]


def authority(folder: Path, name: str = "localhost") -> Path:
    """Make an authority and what it signed for an engine and for a person, and return the person's folder.

    The folder has `ca.pem`, `cert.pem` and `key.pem`, as Docker looks for them; the engine's are in
    `engine.pem`. The engine's certificate names the host `name`, and no address.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _openssl(folder, "req", "-x509", *_key("ca-key.pem"), "-subj", "/CN=test authority", "-out", "ca.pem")
    for kind, subject, more in (
        ("engine", f"/CN={name}", f"subjectAltName=DNS:{name}"),
        ("person", "/CN=person", "extendedKeyUsage=clientAuth"),
    ):
        (folder / "more.cnf").write_text(more)
        _openssl(
            folder, "req", *_key(f"{kind}-key.pem"), "-subj", subject, "-out", f"{kind}.csr", "-new"
        )  # fmt: skip
        _openssl(
            folder, "x509", "-req", "-in", f"{kind}.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
            "-CAcreateserial", "-extfile", "more.cnf", "-days", "2", "-out", f"{kind}-cert.pem",
        )  # fmt: skip
    (folder / "person-cert.pem").rename(folder / "cert.pem")
    (folder / "person-key.pem").rename(folder / "key.pem")
    (folder / "engine.pem").write_bytes(
        (folder / "engine-key.pem").read_bytes() + (folder / "engine-cert.pem").read_bytes()
    )
    return folder


@contextlib.contextmanager
def tls_engine(certificates: Path, path: str, version: str = "TLS1.3") -> Iterator[int]:
    """Give a port on loopback where an engine's socket is behind TLS that wants certificates."""
    port = _free_port()
    options = (
        f"OPENSSL-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,verify=1,cert={certificates}/engine.pem,"
        f"cafile={certificates}/ca.pem,openssl-min-proto-version={version},openssl-max-proto-version={version}"
    )
    # socat gives the second direction of a connection half a second after the first one ended, unless told.
    relay = subprocess.Popen(
        ["socat", "-t", "60", options, f"UNIX-CONNECT:{path}"],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _await_port(port, relay)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(relay.pid, 15)
        relay.wait(10)


def _openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _key(file: str) -> tuple[str, ...]:
    return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "it ended before it listened"
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5):
            return
        time.sleep(0.05)
    raise AssertionError("it does not listen")
