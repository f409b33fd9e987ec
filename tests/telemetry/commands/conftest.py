"""A collector over TLS, for the verbs that talk to one."""

import ssl
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from tests.telemetry.commands.peer import Collector
from tests.telemetry.upload.authority import make_authority


@pytest.fixture(scope="session")
def _secure_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HTTPServer, str]]:
    authority = make_authority(tmp_path_factory.mktemp("authority"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.server_certificate, authority.server_key)
    with HTTPServer(host="localhost", port=0, ssl_context=context, threaded=True) as server:
        yield server, authority.certificate


@pytest.fixture
def collector(_secure_server: tuple[HTTPServer, str]) -> Collector:
    """Give a collector that answers as a test tells it to."""
    server, certificate = _secure_server
    server.clear()
    address = server.url_for("").rstrip("/")
    return Collector(server, {"TASKRUNNER_TELEMETRY_URL": address, "SSL_CERT_FILE": certificate})
