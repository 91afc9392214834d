#!/usr/bin/python3
"""A stand-in of Logstash's contract: what its `http` input answers, and what our pipeline does to an event.

Every setting is read from `logstash.conf`, with the variables of the environment in it. There is no queue: it says yes
only when Elasticsearch has said yes, and 429, as Logstash does when it is backlogged, until then.
"""

import base64
import gzip
import json
import os
import re
import signal
import ssl
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PIPELINE = Path("/usr/share/logstash/pipeline/logstash.conf")
API_PORT = 9600
TAKEN = {201, 409}
"""Created, or there already."""


@dataclass(frozen=True)
class Section:
    """The text of `input`, `filter` or `output`."""

    text: str

    def get(self, name: str) -> str:
        """The value of `name => "..."`, of a number, or the first of a list; variables are filled in."""
        found = re.search(rf'^\s*{re.escape(name)}\s*=>\s*\[?"?([^"\]\n]*)', self.text, re.MULTILINE)
        if found is None:
            sys.exit(f"{PIPELINE}: no {name}")
        return re.sub(r"\$\{(\w+)\}", _variable, found[1])


def _variable(found: re.Match[str]) -> str:
    if found[1] not in os.environ:
        sys.exit(f"Cannot evaluate `${{{found[1]}}}`: the variable is not set")
    return os.environ[found[1]]


class Pipeline:
    """From the shipper to the data streams."""

    def __init__(self, text: str) -> None:
        parts = re.split(r"^(input|filter|output) \{$", text, flags=re.MULTILINE)
        sections = {name: Section(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
        given, changed, to = sections["input"], sections["filter"], sections["output"]
        self.port = int(given.get("port"))
        self.expected = _basic(given.get("user"), given.get("password"))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(given.get("ssl_certificate"), given.get("ssl_key"))
        self.known = frozenset(json.loads(re.findall(r"not in (\[.*?\])", changed.text)[0]))
        self.dataset, self.namespace = (
            re.findall(rf'"\[data_stream\]\[{field}\]" => "([^"]+)"', changed.text)[0]
            for field in ("dataset", "namespace")
        )
        self.bulk = f"{to.get('hosts')}/_bulk"
        self.writer = _basic(to.get("user"), to.get("password"))
        self.trust = ssl.create_default_context(cafile=to.get("ssl_certificate_authorities"))

    def take(self, events: list[dict[str, Any]]) -> int:
        """200 when Elasticsearch has every event, 429 when not."""
        lines: list[str] = []
        for event in events:
            stream = event["data_stream"]
            if stream["dataset"] not in self.known:
                stream["dataset"] = self.dataset
            stream |= {"type": "logs", "namespace": self.namespace}
            index = f"logs-{stream['dataset']}-{stream['namespace']}"
            lines += [json.dumps({"create": {"_index": index, "_id": event["event"]["id"]}}), json.dumps(event)]
        request = urllib.request.Request(  # noqa: S310  # the pipeline's own address
            self.bulk,
            data="".join(f"{line}\n" for line in lines).encode(),
            headers={"Content-Type": "application/x-ndjson", "Authorization": self.writer},
        )
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.trust) as answer:  # noqa: S310
                items = json.load(answer)["items"]
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            print(f"{self.bulk}: {error}", flush=True)
            return 429
        refused = [item["create"] for item in items if item["create"]["status"] not in TAKEN]
        for status, count in Counter(item["status"] for item in refused).items():
            print(f"{self.bulk}: {count} events: {status}, as in {refused[0].get('error')}", flush=True)
        return 429 if refused else 200


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Handler(BaseHTTPRequestHandler):
    """An answer without a body but its length."""

    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"") -> None:
        """Send it."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """What is refused is told by the pipeline."""


class Input(Handler):
    """The `http` input."""

    def do_POST(self) -> None:
        """A batch of events, as JSON, compressed or not."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if self.headers.get("Authorization") == MAIN.expected:
            self.answer(MAIN.take(json.loads(body)))
        else:
            self.answer(401)

    def do_GET(self) -> None:
        """A request without events: 401 to who is nobody."""
        self.answer(200 if self.headers.get("Authorization") == MAIN.expected else 401)


class Api(Handler):
    """The API of the node."""

    def do_GET(self) -> None:
        """What a health check asks for."""
        if self.path.startswith("/_node/pipelines/main"):
            self.answer(200, json.dumps({"pipelines": {"main": {"workers": 1}}}).encode())
        else:
            self.answer(404)


def stop(*_: object) -> None:
    """The first process of a container ends by a signal only if it handles it."""
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
MAIN = Pipeline(PIPELINE.read_text(encoding="utf-8"))
api = ThreadingHTTPServer(("0.0.0.0", API_PORT), Api)  # noqa: S104  # inside its container
threading.Thread(target=api.serve_forever, daemon=True).start()
server = ThreadingHTTPServer(("0.0.0.0", MAIN.port), Input)  # noqa: S104  # inside its container
# The handshake takes place in the thread of its connection: a client that only connects keeps nobody waiting.
server.socket = MAIN.tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(f"A stand-in, not Logstash: it takes events at port {MAIN.port}, for {MAIN.bulk}.", flush=True)
server.serve_forever()
