#!/usr/bin/python3
"""A placeholder for cAdvisor or Grafana, by the name that it is called by: health, and an empty page of metrics."""

import os
import signal
import socket
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAME = {"cadvisor": "cAdvisor", "run.sh": "Grafana"}[Path(sys.argv[0]).name]
HEALTH = {"cAdvisor": "/healthz", "Grafana": "/api/health"}[NAME]
PORT = {"cAdvisor": 8080, "Grafana": int(os.environ.get("GF_SERVER_HTTP_PORT", "3000"))}[NAME]


class Server(ThreadingHTTPServer):
    """Listens for IPv6 and IPv4, as programs in Go do."""

    address_family = socket.AF_INET6


class Handler(BaseHTTPRequestHandler):
    """Answers GET."""

    def do_GET(self) -> None:
        """Yes to the health check, an empty page of metrics, no to everything else."""
        self.send_response(200 if self.path in (HEALTH, "/metrics") else 404)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """A placeholder has nothing to tell."""


def stop(*_: object) -> None:
    """The first process of a container ends by a signal only if it handles it."""
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
for variable, path in os.environ.items():
    # Grafana's start script reads these, and ends at a file that it cannot read.
    if variable.startswith("GF_") and variable.endswith("__FILE"):
        Path(path).read_text(encoding="utf-8")
server = Server(("::", PORT), Handler)
if os.environ.get("GF_SERVER_PROTOCOL", "http") == "https":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.environ["GF_SERVER_CERT_FILE"], os.environ["GF_SERVER_CERT_KEY"])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(f"A placeholder, not {NAME}: it answers {HEALTH} and an empty /metrics at port {PORT}.", flush=True)
server.serve_forever()
