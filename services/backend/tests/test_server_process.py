"""The server as a process: how it starts, what it logs, and that nobody who was let in goes without an answer."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
import pytest

from backend.settings import DatabaseSettings
from services.backend.tests.cluster import APP_PASSWORD, PASSWORD, Cluster
from services.backend.tests.servers import ServerProcess, environment, server_process, until

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
CLIENTS = 8


@pytest.fixture
def server(application: DatabaseSettings) -> Iterator[ServerProcess]:
    with server_process(environment(application)) as started:
        until(lambda: started.status("/readyz") == 200)
        yield started


class Lock:
    """The table of tasks is held, so that requests stay under way until it is let go."""

    def __init__(self, cluster: Cluster) -> None:
        self._connection = cluster.connect("app")
        self._connection.execute("BEGIN")
        self._connection.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
        self._watch: psycopg.Connection[Any] = cluster.connect("app")

    def waiting(self) -> int:
        """How many statements wait for it."""
        [(count,)] = self._watch.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'app'"
        ).fetchall()
        return count

    def release(self) -> None:
        """Let it go."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._watch.close()


def test_every_request_under_way_is_answered_after_sigterm_and_the_exit_is_clean(
    server: ServerProcess, cluster: Cluster
) -> None:
    with Lock(cluster) as lock, ThreadPoolExecutor(CLIENTS) as pool:
        answers = [
            pool.submit(httpx.post, f"{server.url}/api/tasks", json={"title": f"task {number}"}, timeout=20)
            for number in range(CLIENTS)
        ]
        until(lambda: lock.waiting() == CLIENTS)
        server.terminate()
        until(lambda: server.logged("draining"))
        assert server.status("/readyz") == 503
        until(lambda: server.logged("Waiting for connections to close"))
        assert server.status("/healthz") == 0
        lock.release()
        assert [answer.result().status_code for answer in answers] == [201] * CLIENTS
    assert server.end() == 0
    with cluster.connect("app") as connection:
        found = connection.execute("SELECT count(*) FROM tasks WHERE title LIKE 'task %'").fetchone()
    assert found == (CLIENTS,)


def test_no_request_that_was_sent_before_sigterm_is_lost_under_load(server: ServerProcess) -> None:
    """Each request has a connection of its own, as nginx makes them; what is sent after the signal may be refused."""
    signalled = threading.Event()
    answered: list[int] = []
    lost: list[int] = []

    def ask_until_refused() -> None:
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            code, before = 0, False
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("GET", "/api/tasks")
                before = not signalled.is_set()
                code = connection.getresponse().status
            connection.close()
            (answered if code == 200 else lost if before else []).append(code)
            if code != 200:
                return

    clients = [threading.Thread(target=ask_until_refused) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    until(lambda: len(answered) >= 10 * CLIENTS)
    signalled.set()
    server.terminate()
    for client in clients:
        client.join()
    assert server.end() == 0
    assert lost == []


def test_a_request_that_takes_longer_than_the_server_may_is_cut_off(
    application: DatabaseSettings, cluster: Cluster
) -> None:
    variables = environment(application, BACKEND_FINISH_SECONDS="1", BACKEND_DRAIN_SECONDS="0")
    with server_process(variables) as server, Lock(cluster) as lock, ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(server.status, "/api/tasks")
        until(lambda: lock.waiting() == 1)
        server.terminate()
        assert server.end() == 0
        assert cut_off.result() in {0, 500}


def test_a_second_signal_ends_the_draining(application: DatabaseSettings) -> None:
    with server_process(environment(application, BACKEND_DRAIN_SECONDS="600")) as server:
        server.process.send_signal(2)
        until(lambda: server.logged("draining"))
        server.process.send_signal(2)
        assert server.end() == 0


def test_every_line_is_an_object_in_ecs_names_with_an_id_of_its_own(server: ServerProcess, cluster: Cluster) -> None:
    httpx.get(f"{server.url}/api/tasks/1", headers={"traceparent": TRACEPARENT, "user-agent": "the tests"})
    with cluster.connect("app") as connection:
        connection.execute("ALTER TABLE tasks RENAME TO hidden")
        httpx.get(f"{server.url}/api/tasks", headers={"traceparent": TRACEPARENT})
        connection.execute("ALTER TABLE hidden RENAME TO tasks")
    server.terminate()
    server.end()
    until(lambda: server.logged("Finished server process"))
    lines = server.log
    assert all({"@timestamp", "log.level", "message", "ecs.version"} <= set(line) for line in lines)
    assert {line["service"]["name"] for line in lines} == {"backend"}
    assert len({line["event"]["id"] for line in lines}) == len(lines)
    invalid, failed = (line for line in lines if line["event"]["dataset"] == "backend.access")
    assert invalid["message"] == "GET /api/tasks/1 422"
    assert invalid["http"] == {
        "request": {"method": "GET"},
        "response": {"status_code": 422},
        "route": "/api/tasks/{task_id}",
    }
    assert invalid["url"]["path"] == "/api/tasks/1"
    assert invalid["trace"]["id"] == TRACEPARENT.split("-")[1]
    assert invalid["span"]["id"] != TRACEPARENT.split("-")[2]
    assert invalid["user_agent"]["original"] == "the tests"
    assert invalid["source"]["ip"] == "127.0.0.1"
    assert isinstance(invalid["event"]["duration"], int)
    assert [invalid["event"]["outcome"], failed["event"]["outcome"]] == ["success", "failure"]
    [error] = [line for line in lines if "error" in line]
    assert error["log.level"] == "error"
    assert error["error"]["type"] == "UndefinedTable"
    assert 'relation "tasks" does not exist' in error["error"]["message"]
    assert "Traceback (most recent call last):" in error["error"]["stack_trace"]
    assert error["trace"] == failed["trace"]


def test_no_password_is_logged_or_answered(server: ServerProcess, cluster: Cluster) -> None:
    cluster.stop()
    try:
        answers = [httpx.get(f"{server.url}{path}", timeout=10).text for path in ("/readyz", "/api/tasks", "/metrics")]
    finally:
        cluster.start()
    server.terminate()
    server.end()
    told = "\n".join([*answers, *server.lines])
    assert "Connection refused" in told or "No such file" in told
    assert APP_PASSWORD not in told
    assert PASSWORD not in told


def test_a_server_that_starts_before_its_database_serves_when_that_is_up(
    application: DatabaseSettings, cluster: Cluster
) -> None:
    cluster.stop()
    try:
        with server_process(environment(application)) as server:
            assert server.status("/healthz") == 200
            assert server.status("/readyz") == 503
            cluster.start()
            until(lambda: server.status("/readyz") == 200)
            assert server.status("/api/tasks") == 200
    finally:
        cluster.start()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_database_that_goes_away_and_comes_back_needs_no_new_server(
    server: ServerProcess, cluster: Cluster, mode: Any
) -> None:
    assert server.status("/api/tasks") == 200
    cluster.stop(mode)
    try:
        assert server.status("/api/tasks") == 503
        assert server.status("/readyz") == 503
        assert server.status("/healthz") == 200
    finally:
        cluster.start()
    until(lambda: server.status("/readyz") == 200)
    assert server.status("/api/tasks") == 200


def test_connections_that_broke_while_idle_cost_no_request(server: ServerProcess, cluster: Cluster) -> None:
    with Lock(cluster) as lock, ThreadPoolExecutor(CLIENTS) as pool:
        waiting = [pool.submit(server.status, "/api/tasks") for _ in range(CLIENTS)]
        until(lambda: lock.waiting() == CLIENTS)
        lock.release()
        assert [answer.result() for answer in waiting] == [200] * CLIENTS
    with cluster.connect() as connection:
        ended = connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")
        assert ended.rowcount == CLIENTS
    # One after the other, and fewer than what broke: each try would meet another broken connection.
    assert [server.status("/api/tasks") for _ in range(3)] == [200] * 3
    assert server.logged("trying again")


def test_a_database_that_was_away_for_long_is_not_waited_for_as_long(server: ServerProcess, cluster: Cluster) -> None:
    cluster.stop()
    stopped = time.monotonic()
    try:
        # Tries whose pauses double without an end would be eight seconds apart by then.
        until(lambda: server.status("/readyz") == 503 and time.monotonic() - stopped > 8)
    finally:
        cluster.start()
    started = time.monotonic()
    until(lambda: server.status("/readyz") == 200)
    assert time.monotonic() - started < 5


def test_a_wrong_password_is_told_in_the_logs_and_not_to_those_who_ask(
    application: DatabaseSettings, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("not-the-password")
    wrong = application.model_copy(update={"password_file": tmp_path / "password"})
    with server_process(environment(wrong)) as server:
        answer = httpx.get(f"{server.url}/readyz", timeout=10)
        assert answer.status_code == 503
        assert "password" not in answer.text
        until(lambda: server.logged('password authentication failed for user \\"app\\"'))
        assert not server.logged("not-the-password")


def test_a_new_password_in_the_file_is_used_without_a_new_process(
    application: DatabaseSettings, cluster: Cluster, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("not-yet")
    with server_process(environment(application.model_copy(update={"password_file": password}))) as server:
        assert server.status("/readyz") == 503
        password.write_text(APP_PASSWORD)
        until(lambda: server.status("/readyz") == 200)


def test_a_wrong_environment_ends_the_server_with_one_line_that_names_each_variable(
    application: DatabaseSettings,
) -> None:
    variables = environment(application, DATABASE_SSLMODE="maybe", DATABASE_PASWORD_FILE="/x", BACKEND_LISTEN_PORT="0")
    del variables["DATABASE_NAME"]
    with server_process(variables, wait=False) as server:
        assert server.end() == 2
        until(lambda: bool(server.lines))
    [line] = server.log
    assert line["log.level"] == "critical"
    for told in (
        "DATABASE_NAME is not set",
        "DATABASE_PASWORD_FILE is no setting: did you mean DATABASE_PASSWORD_FILE?",
        "DATABASE_SSLMODE: input should be 'disable', 'prefer', 'require', 'verify-ca' or 'verify-full'",
    ):
        assert told in line["message"]


def test_a_port_that_is_taken_ends_the_server_and_is_named(application: DatabaseSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with server_process(environment(application, BACKEND_LISTEN_PORT=port), wait=False) as server:
            assert server.end() == 3
            until(lambda: server.logged("address already in use") and server.logged(port))


def test_a_level_less_severe_than_asked_for_is_not_logged(application: DatabaseSettings) -> None:
    with server_process(environment(application, BACKEND_LOG_LEVEL="debug")) as server:
        server.status("/healthz")
        until(lambda: server.logged("GET /healthz 200"))
    with server_process(environment(application)) as server:
        server.status("/healthz")
        server.status("/nothing")
        until(lambda: server.logged("GET /nothing 404"))
        assert not server.logged("/healthz")
