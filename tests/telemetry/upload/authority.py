"""A throw-away certificate authority, made with the openssl command."""

import subprocess
from pathlib import Path
from typing import NamedTuple

__all__ = ["Authority", "make_authority"]

_NAMES = "DNS:localhost,DNS:collector.invalid,IP:127.0.0.1"


class Authority(NamedTuple):
    """Paths of PEM files."""

    certificate: str
    server_certificate: str
    server_key: str


def make_authority(folder: Path) -> Authority:
    """Create an authority and a server certificate for `localhost` and `collector.invalid`."""
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(
        folder,
        *("req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2"),
        *("-subj", "/CN=Throw-away authority", "-addext", "keyUsage=critical,keyCertSign"),
    )
    _openssl(
        folder, *("req", *new_key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    )
    (folder / "server.ext").write_text(
        f"subjectAltName={_NAMES}\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n"
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-out", "server.pem", "-days", "2", "-extfile", "server.ext"),
    )
    return Authority(str(folder / "ca.pem"), str(folder / "server.pem"), str(folder / "server.key"))


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
