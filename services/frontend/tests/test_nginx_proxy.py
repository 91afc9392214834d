"""The reverse proxy: what reaches the backend, and what people see while it is away."""

import json
import signal
import socketserver
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tenacity import retry, stop_after_delay, wait_fixed

from services.frontend.tests.server import Frontend, frontend
from services.frontend.tests.stand_in import Answer, Request, StandIn
from tests.ports import free_port

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def test_requests_and_answers_of_the_api_pass_unchanged(running: Frontend, backend: StandIn) -> None:
    created = httpx.post(f"{running.url}/api/tasks?a=%20b", json={"title": "Buy oat milk"})
    assert (created.status_code, created.json()["title"]) == (201, "Buy oat milk")
    assert backend.requests[-1].target == "/api/tasks?a=%20b"
    assert json.loads(backend.requests[-1].body) == {"title": "Buy oat milk"}
    task = f"{running.url}/api/tasks/{created.json()['id']}"
    assert httpx.patch(task, json={"completed": True}).json()["completed_at"] is not None
    assert httpx.get(f"{running.url}/api/tasks").json()["items"][0]["title"] == "Buy oat milk"
    deleted = httpx.delete(task)
    assert (deleted.status_code, deleted.content) == (204, b"")


def test_the_backend_learns_who_asked_and_how(running: Frontend, backend: StandIn) -> None:
    httpx.get(f"{running.url}/api/tasks", headers={"Host": "tasks.example.com", "X-Forwarded-Proto": "https"})
    headers = backend.requests[-1].headers
    assert headers["host"] == "tasks.example.com"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert len(headers["x-request-id"]) == 32


@pytest.mark.parametrize("forwarded", ["1.2.3.4, 203.0.113.7", "1.2.3.4, 203.0.113.7, 10.0.1.5"])
def test_a_client_cannot_pretend_to_be_another_one(running: Frontend, backend: StandIn, forwarded: str) -> None:
    # Each proxy of ours adds the address that it saw to whatever the client claimed.
    answer = httpx.get(f"{running.url}/api/tasks", headers={"X-Forwarded-For": forwarded})
    assert backend.requests[-1].headers["x-forwarded-for"] == "203.0.113.7"
    assert running.entry(answer.headers["x-request-id"])["client.ip"] == "203.0.113.7"


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/api/metrics", "/api/../metrics", "/api/%2e%2e/metrics", "/api//metrics", "/API/tasks", "/healthz"],
)
def test_the_backends_own_affairs_are_not_reached_from_outside(running: Frontend, backend: StandIn, path: str) -> None:
    running.raw(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert [request.target for request in backend.requests if not request.target.startswith("/api/")] == []


# --- traces -----------------------------------------------------------------------------------------------------------


def test_a_trace_goes_on(running: Frontend, backend: StandIn) -> None:
    headers = {"traceparent": PARENT, "tracestate": "vendor=1"}
    answer = httpx.get(f"{running.url}/api/tasks", headers=headers)
    assert backend.requests[-1].headers["traceparent"] == PARENT
    assert backend.requests[-1].headers["tracestate"] == "vendor=1"
    assert running.entry(answer.headers["x-request-id"])["trace.id"] == TRACE


@pytest.mark.parametrize(
    "parent",
    [
        None,
        "",
        "nonsense",
        PARENT.upper(),
        PARENT + "-00",
        "ff" + PARENT[2:],
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        PARENT[:-1],
    ],
)
def test_without_a_trace_one_begins_here(running: Frontend, backend: StandIn, parent: str | None) -> None:
    headers = {"tracestate": "vendor=1"} | ({} if parent is None else {"traceparent": parent})
    answer = httpx.get(f"{running.url}/api/tasks", headers=headers)
    request_id = answer.headers["x-request-id"]
    assert backend.requests[-1].headers["traceparent"] == f"00-{request_id}-{request_id[:16]}-01"
    assert "tracestate" not in backend.requests[-1].headers
    assert running.entry(request_id)["trace.id"] == request_id


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_is_refused_before_the_backend_sees_it(running: Frontend, backend: StandIn) -> None:
    answer = httpx.post(f"{running.url}/api/tasks", content=b"x" * (64 * 1024 + 1))
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert "64 KiB" in answer.json()["detail"]
    assert backend.requests == []


def test_a_body_of_the_largest_size_passes(running: Frontend, backend: StandIn) -> None:
    backend.answer = lambda request: Answer(body=len(request.body))
    assert httpx.post(f"{running.url}/api/tasks", content=b"x" * 64 * 1024).json() == 64 * 1024


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "PROPFIND"])
def test_other_methods_do_not_reach_the_backend(running: Frontend, backend: StandIn, method: str) -> None:
    answer = httpx.request(method, f"{running.url}/api/tasks")
    assert (answer.status_code, answer.json()["title"]) == (405, "Method Not Allowed")
    assert backend.requests == []


# --- while the backend is away ----------------------------------------------------------------------------------------


@retry(stop=stop_after_delay(10), wait=wait_fixed(0.05), reraise=True)
def wait_for(url: str, status: int) -> httpx.Response:
    """The first answer with this status."""
    answer = httpx.get(url)
    assert answer.status_code == status
    return answer


def test_while_the_backend_is_away_people_are_told_to_come_back_and_then_can(
    running: Frontend, backend: StandIn
) -> None:
    assert httpx.get(f"{running.url}/api/tasks").status_code == 200
    backend.stop()
    away = httpx.get(f"{running.url}/api/tasks", headers={"traceparent": PARENT})
    assert away.status_code == 503
    assert away.headers["retry-after"] == "2"
    assert away.headers["content-type"] == "application/problem+json"
    assert away.json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The service is not available at the moment.",
        "trace_id": TRACE,
    }
    change = httpx.post(f"{running.url}/api/tasks", json={"title": "Lost?"})
    assert (change.status_code, change.json()["detail"]) == (503, away.json()["detail"] + " Nothing was changed.")
    assert httpx.get(running.url).status_code == 200
    assert httpx.get(f"{running.url}/healthz").text == "alive\n"
    backend.start()
    assert httpx.get(f"{running.url}/api/tasks").status_code == 200


def test_what_the_backend_says_while_it_cannot_serve_stays_as_it_is(running: Frontend, backend: StandIn) -> None:
    backend.answer = lambda _: Answer(status=503, body={"detail": "no database"}, headers={"Retry-After": "7"})
    answer = httpx.get(f"{running.url}/api/tasks")
    assert (answer.status_code, answer.json()) == (503, {"detail": "no database"})
    assert answer.headers.get_list("retry-after") == ["7"]


def test_a_backend_that_breaks_off_may_have_done_what_was_asked_for(running: Frontend, backend: StandIn) -> None:
    backend.answer = lambda _: None
    answer = httpx.post(f"{running.url}/api/tasks", json={"title": "Twice?"})
    assert (answer.status_code, answer.json()["status"]) == (502, 502)
    assert "may have been done" in answer.json()["detail"]
    assert len(backend.requests) == 1


def test_who_only_reads_is_told_to_come_back_whatever_happened_to_the_backend(
    running: Frontend, backend: StandIn
) -> None:
    backend.answer = lambda _: None
    answer = httpx.get(f"{running.url}/api/tasks")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["detail"] == "The service is not available at the moment."


def test_a_backend_that_takes_too_long_may_still_do_what_was_asked_for(
    nginx: dict[str, str], site: Path, backend: StandIn
) -> None:
    held = threading.Event()

    def hold(_: Request) -> Answer:
        held.wait(10)
        return Answer()

    backend.answer = hold
    with frontend(
        nginx, site, backend_port=backend.port, changes={"proxy_read_timeout 15s": "proxy_read_timeout 200ms"}
    ) as running:
        answer = httpx.post(f"{running.url}/api/tasks", json={"title": "Late"})
    held.set()
    assert (answer.status_code, answer.json()["status"]) == (504, 504)
    assert "may still be done" in answer.json()["detail"]


class _Resolver(socketserver.BaseRequestHandler):
    """Answers every question for an IPv4 address with the server's one; with no such name while it has none."""

    server: "Names"  # pyright: ignore[reportIncompatibleVariableOverride]  # what the fixture starts

    def handle(self) -> None:
        question, socket = self.request
        if self.server.silent:
            return
        address = self.server.address
        header = question[:2] + (b"\x81\x80" if address else b"\x81\x83") + question[4:6]
        body = question[12:]
        if address is None:
            socket.sendto(header + b"\0\0\0\0\0\0" + body, self.client_address)
            return
        record = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4" + bytes(map(int, address.split(".")))
        socket.sendto(header + b"\0\1\0\0\0\0" + body + record, self.client_address)


class Names(socketserver.UDPServer):
    """A name server on loopback, for one name. Its answers claim to hold for five minutes."""

    address: str | None = "127.0.0.1"
    silent: bool = False


@pytest.fixture
def names() -> Iterator[Names]:
    with Names(("127.0.0.1", 0), _Resolver) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def test_a_backend_at_a_new_address_is_found_without_a_restart(
    nginx: dict[str, str], site: Path, backend: StandIn, names: Names
) -> None:
    with frontend(
        nginx,
        site,
        backend_host="backend",
        backend_port=backend.port,
        resolver=f"127.0.0.1:{names.server_address[1]}",
        # Each worker remembers for itself.
        changes={"worker_processes 2": "worker_processes 1"},
    ) as running:
        url = f"{running.url}/api/tasks"
        first = wait_for(url, 200)
        assert running.entry(first.headers["x-request-id"])["destination.address"] == f"127.0.0.1:{backend.port}"
        backend.stop()
        names.address = None
        away = wait_for(url, 503)
        assert away.headers["retry-after"] == "2"
        names.address = "127.0.0.2"
        backend.start("127.0.0.2")
        again = wait_for(url, 200)
        assert running.entry(again.headers["x-request-id"])["destination.address"] == f"127.0.0.2:{backend.port}"


def test_a_frontend_starts_before_its_backend_has_a_name(nginx: dict[str, str], site: Path, names: Names) -> None:
    names.address = None
    resolver = f"127.0.0.1:{names.server_address[1]}"
    with frontend(nginx, site, backend_host="backend", backend_port=free_port(), resolver=resolver) as running:
        assert httpx.get(f"{running.url}/api/tasks").status_code == 503


def test_a_name_server_that_is_silent_does_not_keep_people_waiting(
    nginx: dict[str, str], site: Path, names: Names
) -> None:
    names.silent = True
    resolver = f"127.0.0.1:{names.server_address[1]}"
    with frontend(nginx, site, backend_host="backend", backend_port=free_port(), resolver=resolver) as running:
        assert httpx.get(f"{running.url}/api/tasks", timeout=10).status_code == 503


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_every_accepted_request_is_answered_before_nginx_ends(running: Frontend, backend: StandIn) -> None:
    go_on, arrived = threading.Event(), threading.Semaphore(0)

    def hold(request: Request) -> Answer:
        arrived.release()
        go_on.wait(60)
        return Answer(body={"target": request.target})

    backend.answer = hold
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(httpx.get, f"{running.url}/api/tasks/{number}", timeout=60) for number in range(20)]
        for _ in answers:
            assert arrived.acquire(timeout=60)
        running.process.send_signal(signal.SIGQUIT)
        refused(running.url)
        go_on.set()
        assert {answer.result().json()["target"] for answer in answers} == {f"/api/tasks/{n}" for n in range(20)}
    assert running.process.wait(timeout=10) == 0


@retry(stop=stop_after_delay(5), wait=wait_fixed(0.02), reraise=True)
def refused(url: str) -> None:
    """Wait until nobody listens any more."""
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/healthz")
