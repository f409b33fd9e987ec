"""The example of nginx with TLS, in front of a real collector."""

import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from telemetry import transport
from tests.support.collector import Collector, a_session, collecting
from tests.telemetry.upload.authority import Authority, make_authority

_EXAMPLE = Path(__file__).parents[3] / "docs" / "operate" / "files" / "nginx.conf"


class Site(NamedTuple):
    """A collector behind nginx."""

    collector: Collector
    authority: Authority
    https: int
    http: int
    folder: Path


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the example's site, with ports, certificate and folders of the test's own."""
    folder = tmp_path_factory.mktemp("nginx")
    authority = make_authority(folder)
    https, http_port = _free_port(), _free_port()
    with collecting(folder, "--trusted-proxy", "127.0.0.1", "--rate-address", "20") as collector:
        text = _EXAMPLE.read_text()
        for old, new in {
            "127.0.0.1:8484": f"127.0.0.1:{collector.port}",
            "listen 80": f"listen 127.0.0.1:{http_port}",
            "listen 443": f"listen 127.0.0.1:{https}",
            "/etc/ssl/collector/fullchain.pem": authority.server_certificate,
            "/etc/ssl/collector/privkey.pem": authority.server_key,
            "/var/log/nginx/collector-error.log": f"{folder}/error.log",
        }.items():
            assert old in text
            text = text.replace(old, str(new))
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
        config = folder / "nginx.conf"
        config.write_text(
            f"daemon off;\npid {folder}/pid;\nuser root;\nevents {{}}\nhttp {{\n{paths}{text}\n}}\n"
        )
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "nginx"
        command = [program, "-e", f"{folder}/start.log", "-c", str(config)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(https)
                yield Site(collector, authority, https, http_port, folder)
            finally:
                process.terminate()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx does not answer")


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
