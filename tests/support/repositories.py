"""Git repositories for tests, and a server that offers them over HTTP as git's own does."""

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from typing import Self

__all__ = ["Repository", "served"]

_WHO = {
    name: value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in ((f"GIT_{role}_NAME", "Sam"), (f"GIT_{role}_EMAIL", "sam@example.org"))
}


class Repository:
    """A repository with a branch `main`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Run git in the repository and return what it prints."""
        return subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.folder,
            env={**os.environ, **_WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()

    def file(self, path: str, text: str, mode: int | None = None) -> Self:
        """Write a file."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text), encoding="utf-8")
        if mode is not None:
            target.chmod(mode)
        return self

    def commit(self, *, tag: str | None = None) -> str:
        """Commit everything, and return the commit's name."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Change", "--allow-empty")
        if tag is not None:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD")


@contextmanager
def served(folder: Path, *, password: str | None = None) -> Iterator[str]:
    """Offer the repositories below a folder, as `<address>/<name>`; with a password for the user `sam`."""

    class Handler(_Handler):
        root = folder
        secret = base64.b64encode(f"sam:{password}".encode()).decode() if password else None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


class _Handler(BaseHTTPRequestHandler):
    root = Path("/")
    secret: str | None = None

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, body: bytes) -> None:
        if self.secret and self.headers.get("Authorization") != f"Basic {self.secret}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="bundles"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        head, _, content = self._backend(body).partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((value for name, value in headers if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _backend(self, body: bytes) -> bytes:
        path, _, query = self.path.partition("?")
        return subprocess.run(
            ["git", "http-backend"],
            input=body,
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(self.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            },
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
