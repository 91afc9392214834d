"""A stand-in for the backend: its API over HTTP, its tasks in memory. It breaks off, dawdles, goes and comes back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

LONGEST_TITLE = 200


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the stand-in was asked."""

    method: str
    target: str
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What it answers; a body is sent as JSON."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def problem(status: int, title: str, detail: str) -> Answer:
    """A refusal in problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Answer(status=status, body=body, headers={"Content-Type": "application/problem+json"})


class Tasks:
    """The domain: tasks in memory, the newest first."""

    def __init__(self) -> None:
        self._tasks: dict[str, dict[str, str | None]] = {}
        self._last = 0

    def add(self, title: str) -> dict[str, str | None]:
        """A new task. Identifiers rise."""
        self._last += 1
        number = str(UUID(int=self._last))
        task = {"id": number, "title": title, "created_at": _now(), "completed_at": None}
        self._tasks[number] = task
        return task

    def answer(self, request: Request) -> Answer:
        """What the API answers to a request."""
        url = urlsplit(request.target)
        parent, _, last = url.path.rpartition("/")
        match request.method, parent, last:
            case "GET", "/api", "tasks":
                return self._page(parse_qs(url.query))
            case "POST", "/api", "tasks":
                return self._create(json.loads(request.body)["title"])
            case "PATCH", "/api/tasks", number if number in self._tasks:
                return self._change(number, json.loads(request.body)["completed"])
            case "DELETE", "/api/tasks", number if number in self._tasks:
                del self._tasks[number]
                return Answer(status=204)
            case _:
                return problem(404, "Not Found", f"There is no task {last}.")

    def _page(self, query: Mapping[str, list[str]]) -> Answer:
        limit, before = int(query.get("limit", ["20"])[0]), query.get("cursor", ["g"])[0]
        rest = [task for number, task in sorted(self._tasks.items(), reverse=True) if number < before]
        items = rest[:limit]
        return Answer(body={"items": items, "next_cursor": items[-1]["id"] if len(rest) > limit else None})

    def _create(self, title: str) -> Answer:
        if not 1 <= len(title) <= LONGEST_TITLE:
            return problem(422, "Unprocessable Entity", "The request does not have the form that the API asks for.")
        return Answer(status=201, body=self.add(title))

    def _change(self, number: str, completed: bool) -> Answer:
        self._tasks[number]["completed_at"] = _now() if completed else None
        return Answer(body=self._tasks[number])


def _now() -> str:
    return datetime.now(UTC).isoformat()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"  # pyright: ignore[reportIncompatibleVariableOverride]  # what StandIn starts

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(method=self.command, target=self.path, headers=headers, body=body)
        self.server.requests.append(request)
        answer = self.server.answer(request)
        self.close_connection = True
        if answer is None:
            return
        payload = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815  # http.server's names

    def log_message(self, format: str, *args: object) -> None:
        """Tests read `requests` instead."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], stand_in: "StandIn") -> None:
        super().__init__(address, _Handler)
        self.requests = stand_in.requests
        self.answer: Callable[[Request], Answer | None] = lambda request: stand_in.answer(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that did not wait for its answer is no fault."""


class StandIn:
    """The backend at an address on loopback; it keeps its port and its tasks while it is down."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.tasks = Tasks()
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Answer | None] = self.tasks.answer
        """Set it to answer otherwise; None breaks the connection off."""
        self.host, self.port = host, 0
        self._server: _Server | None = None
        self.start()

    def start(self, host: str | None = None) -> None:
        """Come up, at another address if one is given."""
        self.host = host or self.host
        self._server = _Server((self.host, self.port), self)
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Go away: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
