"""A proxy that needs no network behind it."""

import http.server
import threading

__all__ = ["Proxy"]


class Proxy:
    """An HTTP proxy that answers for every host by itself, and remembers for which."""

    def __init__(self, address: str) -> None:
        asked: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"by the proxy\n")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.asked = asked
        self._server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
