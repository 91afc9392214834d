"""Any sequence of requests leaves the API with the tasks that a list in memory has after the same steps."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from backend.settings import DatabaseSettings
from services.backend.tests.servers import Served, serving

titles = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=200)
EVERY_STATUS = ("all", "open", "completed")


class Tasks(RuleBasedStateMachine):
    """The API, and what it should hold."""

    client: httpx.Client

    def __init__(self) -> None:
        super().__init__()
        self.tasks: list[dict[str, Any]] = []
        self.deleted: list[str] = []

    def teardown(self) -> None:
        for task in self.tasks:
            self.client.delete(f"/api/tasks/{task['id']}")

    @rule(title=titles)
    def create(self, title: str) -> None:
        answer = self.client.post("/api/tasks", json={"title": title})
        assert answer.status_code == 201
        task = answer.json()
        assert (task["title"], task["completed_at"]) == (title, None)
        self.tasks.append(task)

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), completed=st.booleans())
    def change(self, data: st.DataObject, completed: bool) -> None:
        index = data.draw(st.integers(0, len(self.tasks) - 1))
        before = self.tasks[index]
        after = self.client.patch(f"/api/tasks/{before['id']}", json={"completed": completed}).json()
        assert (after["completed_at"] is not None) is completed
        kept = {"completed_at": before["completed_at"]} if completed and before["completed_at"] else {}
        assert after == {**before, "completed_at": after["completed_at"], **kept}
        self.tasks[index] = after

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        task = self.tasks.pop(data.draw(st.integers(0, len(self.tasks) - 1)))
        assert self.client.delete(f"/api/tasks/{task['id']}").status_code == 204
        self.deleted.append(task["id"])

    @precondition(lambda self: self.deleted)
    @rule(data=st.data(), method=st.sampled_from(["GET", "PATCH", "DELETE"]))
    def use_what_is_gone(self, data: st.DataObject, method: str) -> None:
        gone = self.deleted[data.draw(st.integers(0, len(self.deleted) - 1))]
        body = {"completed": True} if method == "PATCH" else None
        assert self.client.request(method, f"/api/tasks/{gone}", json=body).status_code == 404

    @rule(status=st.sampled_from(EVERY_STATUS), limit=st.integers(1, 4))
    def turn_the_pages(self, status: str, limit: int) -> None:
        seen: list[dict[str, Any]] = []
        query: dict[str, str | int] = {"status": status, "limit": limit}
        while True:
            page = self.client.get("/api/tasks", params=query).json()
            seen += page["items"]
            if page["next_cursor"] is None:
                break
            assert len(page["items"]) == limit
            query["cursor"] = page["next_cursor"]
        wanted = {"all": self.tasks, "open": self.of(completed=False), "completed": self.of(completed=True)}
        assert seen == sorted(wanted[status], key=lambda task: task["id"], reverse=True)

    @invariant()
    def each_task_is_found(self) -> None:
        for task in self.tasks[-1:]:
            assert self.client.get(f"/api/tasks/{task['id']}").json() == task

    def of(self, *, completed: bool) -> list[dict[str, Any]]:
        return [task for task in self.tasks if (task["completed_at"] is not None) is completed]


@pytest.fixture(scope="module")
def served(patient: DatabaseSettings) -> Iterator[Served]:
    with serving(patient) as server:
        yield server


def test_any_sequence_of_requests_leaves_what_it_should(served: Served) -> None:
    class OfThisServer(Tasks):
        client = served.client

    run_state_machine_as_test(OfThisServer, settings=settings(max_examples=25, stateful_step_count=20))
