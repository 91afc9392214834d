"""HTTP: `/healthz` (the process is alive) and `/readyz` (the database answers)."""

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

from backend.database import Database


class Handler(BaseHTTPRequestHandler):
    """Answers in JSON; what it does not know is 404."""

    server: "Server"  # pyright: ignore[reportIncompatibleVariableOverride]  # what make_server starts
    server_version = "backend"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer a probe."""
        match self.path.partition("?")[0]:
            case "/healthz":
                self._answer(HTTPStatus.OK, {"status": "alive"})
            case "/readyz":
                self._ready()
            case _:
                self._answer(HTTPStatus.NOT_FOUND, {"error": "not found"})

    def _ready(self) -> None:
        try:
            with self.server.database.connect() as connection:
                connection.execute("SELECT 1")
        except psycopg.Error as error:
            self._answer(
                HTTPStatus.SERVICE_UNAVAILABLE, {"status": "database unavailable", "error": type(error).__name__}
            )
        else:
            self._answer(HTTPStatus.OK, {"status": "ready"})

    def _answer(self, status: HTTPStatus, body: dict[str, str]) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """One JSON line a request on stdout."""
        print(json.dumps({"log.level": "info", "message": format % args}), flush=True)


class Server(ThreadingHTTPServer):
    """A server of one database whose `server_close` waits for the requests under way."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], database: Database) -> None:
        super().__init__(address, Handler)
        self.database = database


def make_server(address: tuple[str, int], database: Database) -> Server:
    """A server that is bound to `address`; port 0 lets the system choose."""
    return Server(address, database)
