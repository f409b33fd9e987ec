"""The example of nginx with TLS, in front of a real collector."""

import http.client
import json
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from telemetry import transport
from tests.support.collector import Collector, a_session, collecting
from tests.support.nginx import behind_nginx
from tests.telemetry.upload.authority import Authority, make_authority


class Site(NamedTuple):
    """A collector behind nginx."""

    collector: Collector
    authority: Authority
    https: int
    http: int
    folder: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the example's site, with ports, certificate and folders of the test's own."""
    folder = tmp_path_factory.mktemp("nginx")
    authority = make_authority(folder)
    with (
        collecting(folder, "--trusted-proxy", "127.0.0.1", "--rate-address", "20") as collector,
        behind_nginx(folder, authority, collector.port) as ports,
    ):
        yield Site(collector, authority, ports.https, ports.http, folder)


def _get(site: Site, path: str) -> int:
    context = ssl.create_default_context(cafile=str(site.authority.certificate))
    connection = http.client.HTTPSConnection("localhost", site.https, context=context, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_client_sends_through_it(site: Site) -> None:
    """The client's own transport, with TLS checked, stores a session; a second time it is known."""
    url = f"https://localhost:{site.https}/v1/sessions"
    body = json.dumps(a_session()).encode()
    certificate = str(site.authority.certificate)

    assert transport.put(url, body, ca_file=certificate).answer == "201"
    assert transport.put(url, body, ca_file=certificate).answer == "304"
    assert transport.put(url, b" " * 70_000, ca_file=certificate).verdict == "refused"


def test_plain_http_takes_no_session(site: Site) -> None:
    """Over plain HTTP nothing is taken, and a person is sent to TLS."""
    connection = http.client.HTTPConnection("127.0.0.1", site.http, timeout=30)
    connection.request("PUT", "/v1/sessions", b"{}", {"Content-Type": "application/json"})
    assert connection.getresponse().status == 404
    connection.close()
    connection = http.client.HTTPConnection("127.0.0.1", site.http, timeout=30)
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Location")) == (301, "https://telemetry.example.org/")
    connection.close()


def test_forged_addresses_do_not_count(site: Site) -> None:
    """A sender cannot get round the limit by a header: the proxy puts in what it saw itself."""
    context = ssl.create_default_context(cafile=str(site.authority.certificate))
    statuses = []
    for number in range(30):
        connection = http.client.HTTPSConnection("localhost", site.https, context=context, timeout=30)
        headers = {"Content-Type": "application/json", "X-Forwarded-For": f"203.0.113.{number}"}
        connection.request("PUT", "/v1/sessions", b"{}", headers)
        statuses.append(connection.getresponse().status)
        connection.close()
    assert 429 in statuses


def test_nothing_is_written_down(site: Site) -> None:
    """The proxy leaves no address behind, and numbers are for the operator's own machine."""
    assert _get(site, "/ping") == 200
    assert _get(site, "/metrics") == 200  # we are on that machine
    written = "".join(path.read_text() for path in site.folder.glob("*.log"))
    assert not re.search(r"client: |127\.0\.0\.1 - ", written)
