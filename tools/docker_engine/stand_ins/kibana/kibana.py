#!/usr/bin/python3
"""A stand-in of Kibana's contract: status, and import and export of saved objects, which it keeps in memory.

Settings are those of `kibana.yml`. It is available once Elasticsearch takes the password of its own user; who calls it
is asked for at Elasticsearch, too.
"""

import base64
import json
import os
import re
import signal
import ssl
import sys
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

CONFIGURATION = Path("/usr/share/kibana/config/kibana.yml")
LEAST_KEY_CHARACTERS = 32
OBJECTS: dict[tuple[str, str], dict[str, Any]] = {}


def _settings() -> dict[str, Any]:
    """`kibana.yml`, with variables of the environment in it."""

    def variable(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            sys.exit(f"FATAL  Error: Unknown environment variable referenced in config : {found[1]}")
        return os.environ[found[1]]

    filled = re.sub(r"\$\{(\w+)\}", variable, CONFIGURATION.read_text(encoding="utf-8"))
    settings: dict[str, Any] = yaml.safe_load(filled)
    for name, value in settings.items():
        if name.endswith(".encryptionKey") and len(str(value)) < LEAST_KEY_CHARACTERS:
            sys.exit(
                f"FATAL  Error: [config validation of [{name}]: value must be at least {LEAST_KEY_CHARACTERS} long"
            )
    return settings


class Elasticsearch:
    """Who knows users and passwords."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._address = f"{settings['elasticsearch.hosts'][0]}/_security/_authenticate"
        (authority,) = settings["elasticsearch.ssl.certificateAuthorities"]
        self._trust = ssl.create_default_context(cafile=authority)
        user, password = settings["elasticsearch.username"], settings["elasticsearch.password"]
        self.own = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def knows(self, authorization: str) -> bool:
        """Whether it takes them."""
        headers = {"Authorization": authorization}
        request = urllib.request.Request(self._address, headers=headers)  # noqa: S310  # our own setting
        try:
            with urllib.request.urlopen(request, timeout=10, context=self._trust):  # noqa: S310
                return True
        except urllib.error.URLError as error:
            print(f"{self._address}: {error}", flush=True)
            return False


class Handler(BaseHTTPRequestHandler):
    """The calls that the bootstrap makes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The status."""
        if self.path != "/api/status":
            self._answer(404, {"message": "Not Found"})
        elif ENGINE.knows(ENGINE.own):
            self._answer(200, {"status": {"overall": {"level": "available"}}})
        else:
            self._answer(503, {"message": "Kibana server is not ready yet"})

    def do_POST(self) -> None:
        """Import or export."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not ENGINE.knows(self.headers.get("Authorization", "")):
            self._answer(401, {"message": "unable to authenticate"})
        elif "kbn-xsrf" not in self.headers:
            self._answer(400, {"message": "Request must contain a kbn-xsrf header."})
        elif self.path == "/api/saved_objects/_export":
            self._export(json.loads(body))
        elif self.path == "/api/saved_objects/_import?overwrite=true":
            self._import(body)
        else:
            self._answer(404, {"message": "Not Found"})

    def _export(self, wanted: dict[str, Any]) -> None:
        keys = [(item["type"], item["id"]) for item in wanted["objects"]]
        if all(key in OBJECTS for key in keys):
            self._answer(200, *(OBJECTS[key] for key in keys))
        else:
            message = "Error fetching objects to export"
            self._answer(400, {"statusCode": 400, "error": "Bad Request", "message": message})

    def _import(self, body: bytes) -> None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        (part,) = BytesParser(EmailMessage, policy=default).parsebytes(head + body).iter_parts()
        items = [json.loads(line) for line in part.get_content().decode().splitlines()]
        for item in items:
            item["attributes"]["version"] = 1
            OBJECTS[item["type"], item["id"]] = {**item, "typeMigrationVersion": "10.2.0"}
        self._answer(200, {"success": True, "successCount": len(items), "errors": []})

    def _answer(self, status: int, *bodies: dict[str, Any]) -> None:
        payload = "\n".join(json.dumps(body) for body in bodies).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def stop(*_: object) -> None:
    """The first process of a container ends by a signal only if it handles it."""
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
SETTINGS = _settings()
ENGINE = Elasticsearch(SETTINGS)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(SETTINGS["server.ssl.certificate"], SETTINGS["server.ssl.key"])
server = ThreadingHTTPServer((SETTINGS["server.host"], 5601), Handler)
server.daemon_threads = True
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("A stand-in, not Kibana: saved objects are kept, and shown to nobody.", flush=True)
server.serve_forever()
