"""The API over HTTP, on a real PostgreSQL."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg import sql

from backend.body_limit import LARGEST_BODY_BYTES
from backend.settings import DatabaseSettings
from services.backend.tests.cluster import Cluster
from services.backend.tests.servers import Served, serving

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(scope="module")
def served(patient: DatabaseSettings) -> Iterator[Served]:
    with serving(patient) as server:
        yield server


@pytest.fixture
def client(served: Served, cluster: Cluster) -> httpx.Client:
    with cluster.connect("app") as connection:
        connection.execute("TRUNCATE tasks")
    return served.client


def create(client: httpx.Client, title: str = "write it down") -> dict[str, Any]:
    answer = client.post("/api/tasks", json={"title": title})
    assert answer.status_code == 201, answer.text
    return answer.json()


def titles(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["instance"] == answer.request.url.path
    assert body["trace_id"] == answer.headers["traceresponse"].split("-")[1]
    return body


def test_a_task_is_created_and_found_where_its_location_says(client: httpx.Client) -> None:
    answer = client.post("/api/tasks", json={"title": "Zähne putzen 🪥"})
    assert answer.status_code == 201
    task = answer.json()
    assert task["title"] == "Zähne putzen 🪥"
    assert task["completed_at"] is None
    assert datetime.fromisoformat(task["created_at"]).utcoffset() == timedelta(0)
    assert answer.headers["location"] == f"/api/tasks/{task['id']}"
    assert client.get(answer.headers["location"]).json() == task


@pytest.mark.parametrize(
    "title",
    ["", " ", "\u2003", "a" * 201, "two\nlines", "nothing\x00", "escape\x1b[0m", None, 1, ["a"]],
    ids=repr,
)
def test_a_title_that_is_none_is_refused_with_its_place(client: httpx.Client, title: object) -> None:
    body = problem(client.post("/api/tasks", json={"title": title}), 422)
    assert [error["pointer"] for error in body["errors"]] == ["#/title"]
    assert titles(client.get("/api/tasks")) == []


@pytest.mark.parametrize("title", ["a", "a" * 200, " a ", "'; DROP TABLE tasks; --", "%s", "🪥" * 200])
def test_a_title_is_kept_as_it_is(client: httpx.Client, title: str) -> None:
    assert create(client, title)["title"] == title
    assert titles(client.get("/api/tasks")) == [title]


@pytest.mark.parametrize(
    ("content", "pointers"),
    [
        (b"", ["#"]),
        (b"[]", ["#"]),
        (b'{"title": "\\ud800"}', ["#/title"]),
        (b'{"title": "a", "done/~": true}', ["#/done~1~0"]),
        (b"{}", ["#/title"]),
    ],
)
def test_a_body_that_is_not_asked_for_is_refused(client: httpx.Client, content: bytes, pointers: list[str]) -> None:
    answer = client.post("/api/tasks", content=content, headers={"content-type": "application/json"})
    assert [error["pointer"] for error in problem(answer, 422)["errors"]] == pointers


@pytest.mark.parametrize("content", [b"{", b"\xff", b"title=a"])
def test_a_body_that_is_no_json_is_refused(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/api/tasks", content=content, headers={"content-type": "application/json"})
    problem(answer, 400)


def test_a_body_that_is_far_too_large_is_refused(client: httpx.Client) -> None:
    problem(client.post("/api/tasks", json={"title": "a" * LARGEST_BODY_BYTES}), 413)


def test_a_body_that_is_not_declared_as_json_is_refused(client: httpx.Client) -> None:
    answer = client.post("/api/tasks", content=b'{"title": "a"}', headers={"content-type": "text/plain"})
    problem(answer, 422)


def test_pages_hold_every_task_once_and_newest_first(client: httpx.Client) -> None:
    made = [create(client, f"task {number}")["id"] for number in range(7)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for size in (3, 3, 1):
        page = client.get("/api/tasks", params={"limit": 3, **cursor}).json()
        assert len(page["items"]) == size
        seen += [item["id"] for item in page["items"]]
        # What comes while somebody turns the pages moves nothing.
        create(client, "in between")
        cursor = {"cursor": page["next_cursor"]}
    assert page["next_cursor"] is None
    assert seen == sorted(made, reverse=True)


def test_a_page_that_is_just_full_is_the_last_one(client: httpx.Client) -> None:
    for _ in range(2):
        create(client)
    assert client.get("/api/tasks", params={"limit": 2}).json()["next_cursor"] is None


def test_a_list_holds_the_tasks_of_a_status(client: httpx.Client) -> None:
    done, _ = create(client, "done"), create(client, "open")
    client.patch(f"/api/tasks/{done['id']}", json={"completed": True})
    assert titles(client.get("/api/tasks", params={"status": "completed"})) == ["done"]
    assert titles(client.get("/api/tasks", params={"status": "open"})) == ["open"]
    assert set(titles(client.get("/api/tasks", params={"status": "all"}))) == {"done", "open"}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"status": "done"}, "status"),
        ({"cursor": "2"}, "cursor"),
        ({"offset": "2"}, "offset"),
    ],
)
def test_a_query_that_is_not_known_is_refused(client: httpx.Client, query: dict[str, str], parameter: str) -> None:
    body = problem(client.get("/api/tasks", params=query), 422)
    assert [error["parameter"] for error in body["errors"]] == [parameter]


def test_a_task_is_completed_once_and_opened_again(client: httpx.Client) -> None:
    path = f"/api/tasks/{create(client)['id']}"
    first = client.patch(path, json={"completed": True}).json()
    assert first["completed_at"] is not None
    assert client.patch(path, json={"completed": True}).json() == first
    assert client.get(path).json() == first
    assert client.patch(path, json={"completed": False}).json()["completed_at"] is None


@pytest.mark.parametrize("change", [{}, {"completed": None}, {"completed": "true"}, {"completed": 1}, {"title": "b"}])
def test_a_change_that_is_none_is_refused(client: httpx.Client, change: dict[str, object]) -> None:
    task = create(client)
    problem(client.patch(f"/api/tasks/{task['id']}", json=change), 422)
    assert client.get(f"/api/tasks/{task['id']}").json() == task


def test_a_deleted_task_is_gone(client: httpx.Client) -> None:
    path = f"/api/tasks/{create(client)['id']}"
    answer = client.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(client.get(path), 404)
    problem(client.delete(path), 404)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_what_does_not_exist_is_not_found(client: httpx.Client, method: str) -> None:
    json = {"completed": True} if method == "PATCH" else None
    body = problem(client.request(method, f"/api/tasks/{NOBODY}", json=json), 404)
    assert body["detail"] == f"There is no task {NOBODY}."
    body = problem(client.request(method, "/api/tasks/1", json=json), 422)
    assert [error["parameter"] for error in body["errors"]] == ["task_id"]


@pytest.mark.parametrize("path", ["/", "/api", "/api/tasks/", "/api/task", "/docs", "/tasks"])
def test_an_unknown_path_is_not_found(client: httpx.Client, path: str) -> None:
    assert problem(client.get(path), 404)["detail"] == f"GET {path}: Not Found."


def test_a_method_that_a_path_has_not_is_refused_with_those_that_it_has(client: httpx.Client) -> None:
    for path, allowed in (("/api/tasks", "GET, POST"), (f"/api/tasks/{NOBODY}", "DELETE, GET, PATCH")):
        answer = client.put(path)
        problem(answer, 405)
        assert answer.headers["allow"] == allowed


def test_every_answer_continues_the_trace_of_its_request(client: httpx.Client) -> None:
    parent = f"00-{TRACE}-00f067aa0ba902b7-01"
    for path in ("/api/tasks", "/nothing", "/healthz"):
        version, trace_id, span_id, flags = (
            client.get(path, headers={"traceparent": parent}).headers["traceresponse"].split("-")
        )
        assert (version, trace_id, flags) == ("00", TRACE, "01")
        assert span_id != "00f067aa0ba902b7"


def test_a_failure_of_ours_is_told_without_what_we_are_made_of(
    served: Served, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    with cluster.connect("app") as connection:
        connection.execute("ALTER TABLE tasks RENAME TO hidden")
        try:
            answer = served.client.get("/api/tasks")
        finally:
            connection.execute("ALTER TABLE hidden RENAME TO tasks")
    body = problem(answer, 500)
    assert body["detail"] == "The server failed. The logs say why, under the trace id."
    assert "does not exist" not in answer.text
    [record] = [record for record in caplog.records if record.exc_info]
    assert record.message == "the request failed"
    metrics = served.client.get("/metrics").text
    assert (
        'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="500",'
        'http_route="/api/tasks"} 1.0'
    ) in metrics


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_a_request_that_takes_too_long_in_the_database_is_told_to_come_again(
    application: DatabaseSettings, cluster: Cluster, limit: str
) -> None:
    before = cancelled(cluster)
    with cluster.connect("app") as connection:
        connection.execute(sql.SQL("ALTER ROLE app IN DATABASE app SET {} = '100ms'").format(sql.Identifier(limit)))
        with serving(application) as server, connection.transaction():
            connection.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
            answer = server.client.get("/api/tasks")
        connection.execute("ALTER ROLE app IN DATABASE app RESET ALL")
    assert problem(answer, 503)["detail"] == "The database is away for a moment. Try again."
    # It was not tried again.
    assert cancelled(cluster) - before == 1


def cancelled(cluster: Cluster) -> int:
    return cluster.log.read_text(encoding="utf-8").count("ERROR:  canceling statement")


def test_identifiers_are_of_version_seven_and_rise(client: httpx.Client) -> None:
    first, second = (UUID(create(client)["id"]) for _ in range(2))
    assert first.version == second.version == 7
