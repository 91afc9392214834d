"""What the platform asks, on a real PostgreSQL and without one."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from backend import probe
from backend.settings import DatabaseSettings, SslMode
from services.backend.tests.cluster import Cluster
from services.backend.tests.servers import Served, serving


@pytest.fixture(scope="module")
def served(patient: DatabaseSettings) -> Iterator[Served]:
    with serving(patient) as server:
        yield server


@pytest.fixture(scope="module")
def unreachable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    password = tmp_path_factory.mktemp("unreachable") / "password"
    password.write_text("x")
    settings = DatabaseSettings(
        host="127.0.0.1",
        port=1,
        name="app",
        user="app",
        password_file=password,
        sslmode=SslMode.DISABLE,
        pool_timeout_seconds=0.2,
    )
    with serving(settings) as server:
        yield server


def sample(client: httpx.Client, name: str) -> float:
    """One series of the metrics, as it is written."""
    lines = client.get("/metrics").text.splitlines()
    return next((float(line.split(" ")[-1]) for line in lines if line.startswith(f"{name} ")), 0.0)


def test_a_server_without_its_database_is_alive_and_not_ready(unreachable: Served) -> None:
    answer = unreachable.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    answer = unreachable.client.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["detail"] == "The database does not answer. The logs say why."


def test_a_request_that_needs_the_database_is_told_to_come_again(unreachable: Served) -> None:
    answer = unreachable.client.get("/api/tasks")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "The database is away for a moment. Try again."


def test_a_server_with_its_database_is_ready(served: Served) -> None:
    answer = served.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_a_server_that_ends_is_not_ready_and_asks_to_close_connections(served: Served) -> None:
    served.shutdown.begun = True
    try:
        answer = served.client.get("/readyz")
        assert served.client.get("/api/tasks").headers["connection"] == "close"
    finally:
        served.shutdown.begun = False
    assert (answer.status_code, answer.json()["detail"]) == (503, "The server is shutting down.")
    assert "connection" not in served.client.get("/api/tasks").headers


def test_a_server_whose_database_lacks_a_migration_is_not_ready(served: Served, cluster: Cluster) -> None:
    with cluster.connect("app") as connection:
        connection.execute("UPDATE schema_migrations SET name = '0000' WHERE name = '0001_tasks.sql'")
        assert "run the migrate job: 0001_tasks.sql" in served.client.get("/readyz").json()["detail"]
        connection.execute("ALTER TABLE schema_migrations RENAME TO hidden")
        assert "run the migrate job: 0001_tasks.sql" in served.client.get("/readyz").json()["detail"]
        connection.execute("ALTER TABLE hidden RENAME TO schema_migrations")
        connection.execute("UPDATE schema_migrations SET name = '0001_tasks.sql'")
    assert served.client.get("/readyz").status_code == 200


def test_requests_are_counted_by_method_template_and_status(served: Served) -> None:
    def count(method: str, route: str, status: int) -> float:
        labels = f'http_request_method="{method}",http_response_status_code="{status}",http_route="{route}"'
        return sample(served.client, f"http_server_request_duration_seconds_count{{{labels}}}")

    asked = [
        ("GET", "/api/tasks", "/api/tasks", 200),
        ("GET", "/api/tasks/1", "/api/tasks/{task_id}", 422),
        ("DELETE", "/api/tasks/2", "/api/tasks/{task_id}", 422),
        ("GET", "/some/path/of/a/scanner", "", 404),
        ("PROPFIND", "/api/tasks", "/api/tasks", 405),
    ]
    before = [count("_OTHER" if method == "PROPFIND" else method, route, status) for method, _, route, status in asked]
    for method, path, _, _ in asked:
        served.client.request(method, path)
    after = [count("_OTHER" if method == "PROPFIND" else method, route, status) for method, _, route, status in asked]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1.0] * len(asked)


def test_metrics_tell_of_the_pool_the_process_and_what_is_under_way(served: Served) -> None:
    served.client.get("/api/tasks")
    assert served.client.get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")
    assert sample(served.client, "backend_database_pool_size") >= 1
    assert sample(served.client, "backend_database_pool_available") >= 1
    assert sample(served.client, "backend_database_pool_waiting") == 0
    assert sample(served.client, "process_resident_memory_bytes") > 0
    # The one that asks.
    assert sample(served.client, 'http_server_active_requests{http_request_method="GET"}') == 1


def test_what_the_platform_asks_is_not_in_the_document(served: Served) -> None:
    assert list(served.client.get("/api/openapi.json").json()["paths"]) == ["/api/tasks", "/api/tasks/{task_id}"]


@pytest.mark.parametrize(("path", "code"), [("/healthz", 0), ("/readyz", 0), ("/nothing", 1)])
def test_the_probe_ends_with_what_the_server_answers(
    served: Served, path: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKEND_LISTEN_PORT", str(served.client.base_url.port))
    monkeypatch.setattr("sys.argv", ["probe", path])
    assert probe.main() == code


def test_the_probe_ends_with_one_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_LISTEN_PORT", "1")
    monkeypatch.setattr("sys.argv", ["probe", "/healthz"])
    assert probe.main() == 1


def test_the_probe_imports_nothing_that_takes_long() -> None:
    source = Path(probe.__file__).read_text(encoding="utf-8")
    assert "from backend" not in source
