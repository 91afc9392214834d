"""The access log: one JSON object a line, in the field names of the Elastic Common Schema."""

from datetime import UTC, datetime, timedelta
from threading import Event

import httpx
import pytest

from services.frontend.tests.server import Frontend
from services.frontend.tests.stand_in import Answer, Request, StandIn

FIELDS = {
    "@timestamp": str,
    "log.level": str,
    "message": str,
    "ecs.version": str,
    "service.name": str,
    "event.dataset": str,
    "event.id": str,
    "event.duration": int,
    "trace.id": str,
    "http.version": str,
    "http.request.method": str,
    "http.request.bytes": int,
    "http.response.status_code": int,
    "http.response.bytes": int,
    "http.response.body.bytes": int,
    "url.domain": str,
    "url.path": str,
    "url.query": str,
    "client.ip": str,
    "user_agent.original": str,
    "destination.address": str,
}


def test_a_request_is_one_line_with_every_field(running: Frontend, backend: StandIn) -> None:
    answer = httpx.get(f"{running.url}/api/tasks?limit=5", headers={"User-Agent": "a test"})
    entry = running.entry(answer.headers["x-request-id"])
    assert {name: type(value) for name, value in entry.items()} == FIELDS
    assert abs(datetime.now(UTC) - datetime.fromisoformat(entry["@timestamp"])) < timedelta(seconds=10)
    assert (
        entry
        | {
            "log.level": "info",
            "message": "GET /api/tasks 200",
            "service.name": "frontend",
            "event.dataset": "frontend.access",
            "http.version": "1.1",
            "http.request.method": "GET",
            "http.response.status_code": 200,
            "http.response.body.bytes": len(answer.content),
            "url.domain": "127.0.0.1",
            "url.path": "/api/tasks",
            "url.query": "limit=5",
            "client.ip": "127.0.0.1",
            "user_agent.original": "a test",
            "destination.address": f"127.0.0.1:{backend.port}",
        }
        == entry
    )


def test_a_duration_is_in_nanoseconds(running: Frontend, backend: StandIn) -> None:
    def late(_: Request) -> Answer:
        Event().wait(1.05)
        return Answer()

    backend.answer = late
    answer = httpx.get(f"{running.url}/api/tasks")
    assert 1_040_000_000 <= running.entry(answer.headers["x-request-id"])["event.duration"] < 5_000_000_000


def test_an_answer_that_is_our_fault_is_an_error(running: Frontend, backend: StandIn) -> None:
    backend.stop()
    answer = httpx.get(f"{running.url}/api/tasks")
    assert running.entry(answer.headers["x-request-id"])["log.level"] == "error"


@pytest.mark.parametrize(
    "request_",
    [
        b'GET /"a"\\b?q="\\ HTTP/1.1\r\nHost: a\r\n',
        b"GET /\x01 HTTP/1.1\r\nHost: a\r\n",
        b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: "a" \\ b\r\n',
        b"GET /\xff\xfe?q=\xff HTTP/1.1\r\nHost: a\r\n",
        b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \xff"\\\t\r\n',
        b"GET / HTTP/1.1\r\nHost: \xe9\r\n",
        b"GET / HTTP/1.0\r\n",
        b"GET / HTTP/9.9\r\n",
        b"nonsense\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n",
    ],
)
def test_whatever_is_sent_the_log_stays_json(running: Frontend, request_: bytes) -> None:
    running.raw(request_ + b"Connection: close\r\n\r\n")
    marker = httpx.get(f"{running.url}/favicon.svg")
    running.entry(marker.headers["x-request-id"])
    assert len(running.log) == 2
    assert {name: type(value) for name, value in running.log[0].items()} == FIELDS


def test_probes_are_not_logged(running: Frontend) -> None:
    httpx.get(f"{running.url}/healthz")
    marker = httpx.get(running.url)
    running.entry(marker.headers["x-request-id"])
    assert [entry["url.path"] for entry in running.log] == ["/"]


def test_nginx_itself_complains_of_nothing(running: Frontend) -> None:
    httpx.get(running.url)
    httpx.get(f"{running.url}/nowhere")
    httpx.get(f"{running.url}/api/tasks")
    assert running.errors == ""
