"""A collector talks to nobody of its own accord."""

import os
from pathlib import Path

from tests.support.collector import a_session, collecting

# Imported by the interpreter itself, in the collector and in every process that it starts.
_WATCH = """
import os, sys

def watch(event, arguments):
    if event in ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        line = f"{event} {arguments[1:]}\\n".encode()
        descriptor = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, line)
        os.close(descriptor)

sys.addaudithook(watch)
"""


def test_no_connection_leaves_it(tmp_path: Path) -> None:
    """Whatever it is sent, asked or does each day: it looks up no name and connects to no address."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(_WATCH)
    watched = tmp_path / "watched"
    path = os.pathsep.join(filter(None, (str(tmp_path / "watch"), os.environ.get("PYTHONPATH"))))

    with collecting(tmp_path, env={"PYTHONPATH": path, "WATCHED": str(watched)}) as collector:
        session = a_session()
        assert collector.put(session).status == 201
        assert collector.put(session).status == 304
        assert collector.put(b"{").status == 400
        assert collector.put(a_session(applicationId="https://example.org/")).status == 400
        for page in ("/", "/privacy", "/data/", "/metrics", "/readyz", "/nothing"):
            assert collector.get(page).status in (200, 404)
        assert collector.request("POST", "/v1/me", b"{}").status in (400, 415)
        assert collector.stop() == 0

    (bound,) = watched.read_text().splitlines()
    assert bound.startswith("socket.bind (('127.0.0.1', ")
