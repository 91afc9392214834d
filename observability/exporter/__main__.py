"""`python -m observability.exporter QUERIES`: measure every 15 seconds, serve `/metrics` and `/healthz`, until SIGTERM.

Environment: URL, CA_FILE, USER_NAME, PASSWORD_FILE, PORT (9200). Every measurement writes a line: that it arrives in
Elasticsearch shows that the whole way of lines works.
"""

import json
import os
import signal
import ssl
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any, Final

import httpx

from observability.exporter.counting import measure

INTERVAL_SECONDS: Final = 15
_STALE_SECONDS: Final = 4 * INTERVAL_SECONDS
_CALL_SECONDS: Final = 10


@dataclass
class Latest:
    """The last measurement; `at` is monotonic."""

    page: str = ""
    at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        """Whether measurements go on, successful or not."""
        return time.monotonic() - self.at < _STALE_SECONDS


class Server(ThreadingHTTPServer):
    """Serves the last measurement."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], latest: Latest) -> None:
        super().__init__(address, _Handler)
        self.latest = latest


class _Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]  # what main starts
    server_version = "log-counts"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer Prometheus, or the health check."""
        latest = self.server.latest
        if self.path == "/healthz":
            self._answer(200 if latest.is_fresh else 503, "measuring\n" if latest.is_fresh else "no longer measuring\n")
        elif self.path == "/metrics" and latest.page:
            self._answer(200, latest.page)
        else:
            self._answer(404 if latest.page else 503, "")

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are no news."""


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Measure and serve until SIGTERM."""
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    if len(sys.argv) != 2:
        print("usage: python -m observability.exporter QUERIES (a JSON file)", file=sys.stderr)
        return 2
    try:
        content = json.loads(Path(sys.argv[1]).read_text())
        client = httpx.Client(
            base_url=environment["URL"],
            auth=(environment["USER_NAME"], Path(environment["PASSWORD_FILE"]).read_text().rstrip("\n")),
            verify=ssl.create_default_context(cafile=environment["CA_FILE"]),
            timeout=_CALL_SECONDS,
        )
    except KeyError as error:
        print(f"log-counts: the environment variable {error.args[0]} is not set", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"log-counts: {error}", file=sys.stderr)
        return 1
    latest = Latest()
    server = Server(("", int(environment.get("PORT", "9200"))), latest)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while not stop.is_set():
        latest.page, failures = measure(client, content)
        latest.at = time.monotonic()
        _tell(content, failures)
        stop.wait(INTERVAL_SECONDS)
    server.shutdown()
    server.server_close()
    client.close()
    return 0


def _tell(content: Mapping[str, Any], failures: Mapping[str, str]) -> None:
    line: dict[str, Any] = {"log.level": "info", "message": f"asked {len(content['queries'])} queries"}
    if failures:
        told = "; ".join(f"{metric}: {reason}" for metric, reason in sorted(failures.items()))
        line = {"log.level": "error", "message": f"{len(failures)} queries failed", "error.message": told}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
