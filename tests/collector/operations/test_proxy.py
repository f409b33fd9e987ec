"""The examples of nginx and Caddy with TLS, in front of a real collector."""

import http.client
import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from telemetry import transport
from tests.support.caddy import behind_caddy
from tests.support.collector import Collector, a_session, collecting
from tests.support.nginx import behind_nginx
from tests.telemetry.upload.authority import Authority, make_authority


class Site(NamedTuple):
    """A collector behind a proxy."""

    proxy: str
    collector: Collector
    authority: Authority
    https: int
    http: int
    folder: Path


_PROXIES = {"nginx": behind_nginx, "caddy": behind_caddy}


@contextmanager
def _behind(proxy: str, folder: Path) -> Iterator[Site]:
    authority = make_authority(folder)
    with (
        collecting(folder, "--trusted-proxy", "127.0.0.1", "--rate-address", "20") as collector,
        _PROXIES[proxy](folder, authority, collector.port) as ports,
    ):
        yield Site(proxy, collector, authority, ports.https, ports.http, folder)


@pytest.fixture(scope="module", params=_PROXIES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give an example's site, with ports, certificate and folders of the test's own."""
    with _behind(request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started


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
    largest = body + b" " * (65_536 - len(body))
    assert transport.put(url, largest, ca_file=certificate).answer == "304"
    if site.proxy == "nginx":  # Caddy may still be handing it on when the collector has refused it
        assert transport.put(url, b" " * 70_000, ca_file=certificate).verdict == "refused"


def test_plain_http_takes_no_session(site: Site) -> None:
    """Over plain HTTP nothing is taken, and a person is sent to TLS."""
    put = _plainly(site, "PUT", "/v1/sessions")
    get = _plainly(site, "GET", "/")

    assert put.status in (404, 308)
    assert get.status in (301, 308)
    assert (get.getheader("Location") or "").startswith("https://")


def _plainly(site: Site, method: str, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", site.http, timeout=30)
    try:
        connection.request(method, path, b"{}", {"Content-Type": "application/json"})
        return connection.getresponse()
    finally:
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


@pytest.mark.parametrize("proxy", _PROXIES)
def test_nothing_is_written_down(proxy: str, tmp_path: Path) -> None:
    """The proxy leaves no address behind, also when the collector is down."""
    with _behind(proxy, tmp_path) as site:
        assert _get(site, "/ping") == 200
        assert _get(site, "/metrics") == 200, "numbers are for the machine, on which we are"
        site.collector.stop()
        assert _get(site, "/ping") == 502
        written = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert not re.search(r"client: |127\.0\.0\.1 - |remote", written)
