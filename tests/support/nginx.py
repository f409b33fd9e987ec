"""The documented nginx with TLS, with ports, certificate and folders of a test's own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.telemetry.upload.authority import Authority

__all__ = ["Ports", "behind_nginx", "free_port", "wait_for"]

_EXAMPLE: Final = Path(__file__).parents[2] / "docs" / "operate" / "files" / "nginx.conf"


class Ports(NamedTuple):
    """Where it listens."""

    https: int
    http: int


def free_port() -> int:
    """Return a port that nobody listens on at present."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def behind_nginx(folder: Path, authority: Authority, collector: int) -> Iterator[Ports]:
    """Run the example's site in front of a collector's port; logs go into the folder."""
    ports = Ports(free_port(), free_port())
    text = _EXAMPLE.read_text()
    for old, new in {
        "127.0.0.1:8484": f"127.0.0.1:{collector}",
        "listen 80": f"listen 127.0.0.1:{ports.http}",
        "listen 443": f"listen 127.0.0.1:{ports.https}",
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
            wait_for(ports.https)
            yield ports
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    """Return once somebody listens on a port."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the proxy does not answer")
