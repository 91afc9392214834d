"""A queue's API, worker, preparation and probe in one file: `python -m program api|worker|prepare|probe`."""

import http.server
import json
import os
import signal
import socket
import ssl
import sys
import urllib.request

PORT = 8000
QUEUE = "jobs"


class Queue:
    """A list of Valkey, spoken to in its own protocol (RESP)."""

    def __init__(self) -> None:
        address = (os.environ["QUEUE_HOST"], int(os.environ["QUEUE_PORT"]))
        connection = socket.create_connection(address, timeout=30)
        if os.environ.get("QUEUE_TLS") == "true":
            connection = ssl.create_default_context().wrap_socket(connection, server_hostname=address[0])
        self._stream = connection.makefile("rwb")

    def ask(self, *words: str) -> object:
        """Send a command and return its answer."""
        self._stream.write(b"*%d\r\n" % len(words))
        for word in map(str.encode, words):
            self._stream.write(b"$%d\r\n%s\r\n" % (len(word), word))
        self._stream.flush()
        return self._answer()

    def _answer(self) -> object:
        line = self._stream.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"-" or not line:
            raise ConnectionError(rest.decode() or "the queue has closed the connection")
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self._stream.read(size + 2)[:-2].decode()
        if kind == b"*":
            return None if int(rest) < 0 else [self._answer() for _ in range(int(rest))]
        return rest.decode()


class Api(http.server.BaseHTTPRequestHandler):
    """`POST /jobs` queues its body; `GET /healthz` says that the API is alive."""

    def do_GET(self) -> None:
        """Answer whether the API is alive."""
        self._answer(200 if self.path == "/healthz" else 404, {})

    def do_POST(self) -> None:
        """Queue a job."""
        if self.path != "/jobs":
            self._answer(404, {})
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self._answer(202, {"waiting": Queue().ask("LPUSH", QUEUE, body)})

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def api() -> None:
    """Serve until somebody ends it."""
    http.server.ThreadingHTTPServer(("", PORT), Api).serve_forever()


def worker() -> None:
    """Take one job after the other; wait where there is none."""
    queue = Queue()
    while True:
        taken = queue.ask("BRPOP", QUEUE, "5")
        if isinstance(taken, list):
            print(json.dumps({"message": "done", "job": taken[1]}), flush=True)


def prepare() -> None:
    """Say that the queue is there; fail where it is not."""
    print(json.dumps({"message": "ready", "waiting": Queue().ask("LLEN", QUEUE)}), flush=True)


def probe() -> None:
    """Fail where the API does not answer."""
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=4) as answer:
        sys.exit(answer.status != 200)


def stop(_signal: int, _frame: object) -> None:
    """End at once: nothing is held that would be lost."""
    sys.exit(0)


if __name__ == "__main__":
    _ = signal.signal(signal.SIGTERM, stop)
    {"api": api, "worker": worker, "prepare": prepare, "probe": probe}[sys.argv[1]]()
