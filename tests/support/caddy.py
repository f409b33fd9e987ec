"""The documented Caddy, with port, certificate and folders of a test's own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.nginx import Ports, free_port, wait_for
from tests.telemetry.upload.authority import Authority

__all__ = ["behind_caddy"]

_EXAMPLE: Final = Path(__file__).parents[2] / "docs" / "operate" / "files" / "Caddyfile"


@contextmanager
def behind_caddy(folder: Path, authority: Authority, collector: int) -> Iterator[Ports]:
    """Run the example's site in front of a collector's port; logs go into the folder."""
    ports = Ports(free_port(), free_port())
    text = _EXAMPLE.read_text()
    certificate = f"tls {authority.server_certificate} {authority.server_key}"
    for old, new in {
        "127.0.0.1:8484": f"127.0.0.1:{collector}",
        "telemetry.example.org {": f"https://localhost:{ports.https} {{\n\tbind 127.0.0.1\n\t{certificate}",
        "{\n\t# No access": f"{{\n\tadmin off\n\thttp_port {ports.http}\n\t# No access",
    }.items():
        assert old in text
        text = text.replace(old, new)
    config = folder / "Caddyfile"
    config.write_text(text)
    command = ["caddy", "run", "--config", str(config), "--adapter", "caddyfile"]
    home = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    with (
        (folder / "caddy.log").open("wb") as log,
        subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL, env=home) as process,
    ):
        try:
            wait_for(ports.https)
            yield ports
        finally:
            process.terminate()
