"""A collector over TLS whose authority exists for these tests alone, and folders for the spool."""

import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from telemetry import transport
from telemetry.endpoints import Destination
from telemetry.spool import Spool
from tests.telemetry.upload.authority import Authority, make_authority

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _plain_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's proxies and certificates out of the tests."""
    for name in _PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    transport._tls.cache_clear()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Give a certificate authority that nobody trusts by default, with a server certificate from it."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def _https_server(authority: Authority) -> Iterator[HTTPServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.server_certificate, authority.server_key)
    # Ending such a server takes half a second, so all tests share one.
    with HTTPServer(host="localhost", port=0, ssl_context=context, threaded=True) as server:
        yield server


@pytest.fixture
def collector(_https_server: HTTPServer) -> HTTPServer:
    """Give an HTTPS server that answers as a test tells it to, and remembers what it was asked."""
    _https_server.clear()
    return _https_server


@pytest.fixture
def destination(collector: HTTPServer) -> Destination:
    """Give the address of that server, as a person would override the default with it."""
    return Destination(collector.url_for("").rstrip("/"))


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Give the path of a telemetry folder that does not exist yet."""
    return os.path.join(tmp_path, "home", "telemetry")


@pytest.fixture
def spool(folder: str) -> Spool:
    """Give a spool in that folder."""
    return Spool(folder)
