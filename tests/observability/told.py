"""A webhook receiver: keeps what it is told, and when."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Told(ThreadingHTTPServer):
    """Listens on loopback; answers everybody with 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = int(self.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}/"
        self.bodies: list[dict[str, Any]] = []
        self.times: list[float] = []

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """Every alert of every body, in Alertmanager's own form."""
        return [alert for body in self.bodies for alert in body["alerts"]]


class _Handler(BaseHTTPRequestHandler):
    server: Told  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.times.append(time.monotonic())
        self.server.bodies.append(body)
        self._well()

    def do_GET(self) -> None:
        """A service that is well."""
        self._well()

    def _well(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@contextmanager
def listening() -> Generator[Told]:
    """A receiver that listens until the block ends."""
    server = Told()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
