"""A stand-in of Logstash's contract: what its `http` input answers, and what its pipeline does to an event.

It has no queue, which is the hardest case for a shipper: it says yes only when the engine has said yes, and 429, as
Logstash does when it is backlogged, for as long as the engine does not take everything.
"""

import base64
import gzip
import json
import ssl
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from observability.description import Description
from observability.logstash.pipeline import SHIPPER
from observability.streams import UNCLASSIFIED
from tests.observability.engines.certificates import Certificates

PASSWORD = "the-shipper's-password"


class StandIn(ThreadingHTTPServer):
    """Takes batches of events, and puts each into its data stream under its `event.id`."""

    daemon_threads = True

    def __init__(self, description: Description, certificates: Certificates, engine_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate, certificates.key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.description = description
        self.datasets = {stream.dataset for stream in description.streams if stream.pipeline}
        self.engine = httpx.Client(base_url=engine_url, timeout=30)
        self.answers: Counter[int] = Counter()
        self.duplicates = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def take(self, events: list[dict[str, Any]]) -> int:
        """200 when the engine has every event, 429 when not."""
        lines: list[str] = []
        for event in events:
            stream = event["data_stream"]
            if stream["dataset"] not in self.datasets:
                stream["dataset"] = UNCLASSIFIED
            stream["namespace"] = self.description.namespace
            index = f"logs-{stream['dataset']}-{stream['namespace']}"
            lines += [json.dumps({"create": {"_index": index, "_id": event["event"]["id"]}}), json.dumps(event)]
        try:
            answer = self.engine.post(
                "/_bulk",
                content="".join(f"{line}\n" for line in lines),
                headers={"content-type": "application/x-ndjson"},
            )
        except httpx.TransportError:
            return 429
        if answer.status_code != 200:
            return 429
        statuses = Counter(item["create"]["status"] for item in answer.json()["items"])
        self.duplicates += statuses[409]
        return 200 if set(statuses) <= {201, 409} else 429


class _Handler(BaseHTTPRequestHandler):
    server: StandIn  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        wanted = base64.b64encode(f"{SHIPPER}:{PASSWORD}".encode()).decode()
        known = self.headers.get("Authorization") == f"Basic {wanted}"
        status = self.server.take(json.loads(body)) if known else 401
        self.server.answers[status] += 1
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """It is told of by counters."""


@contextmanager
def listening(description: Description, certificates: Certificates, engine_url: str) -> Generator[StandIn]:
    """A stand-in that answers until the block ends."""
    server = StandIn(description, certificates, engine_url)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        server.engine.close()
        thread.join()
