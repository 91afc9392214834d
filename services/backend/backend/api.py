"""The application's own paths, below `/api`: a proxy passes these on and no others."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from backend.problems import Problem
from backend.tasks import NewTask, Task, TaskChange, TaskPage, TaskQuery, TaskStore

PREFIX: Final = "/api"

_Responses = dict[int | str, dict[str, Any]]

_ALWAYS: Final[_Responses] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: {"model": Problem, "description": "The body is too large"},
    HTTPStatus.UNPROCESSABLE_ENTITY: {"model": Problem, "description": "The request has not the form asked for"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"model": Problem, "description": "The database is away for a moment"},
}
_NO_JSON: Final[_Responses] = {HTTPStatus.BAD_REQUEST: {"model": Problem, "description": "The body is no JSON"}}
_NOT_FOUND: Final[_Responses] = {HTTPStatus.NOT_FOUND: {"model": Problem, "description": "There is no such task"}}

router = APIRouter(prefix=f"{PREFIX}/tasks", tags=["tasks"], responses=_ALWAYS)


def _store(request: Request) -> TaskStore:
    return request.app.state.tasks


Store = Annotated[TaskStore, Depends(_store)]
TaskId = Annotated[uuid.UUID, Path(description="A task's identifier.")]


@router.get("")
async def list_tasks(store: Store, query: Annotated[TaskQuery, Query()]) -> TaskPage:
    """List tasks, newest first."""
    return await store.page(query)


@router.post("", status_code=HTTPStatus.CREATED, responses=_NO_JSON)
async def create_task(store: Store, new: NewTask, request: Request, response: Response) -> Task:
    """Create a task; `Location` says where it is."""
    task = await store.create(new)
    response.headers["location"] = f"{request.url.path}/{task.id}"
    return task


@router.get("/{task_id}", responses=_NOT_FOUND)
async def read_task(store: Store, task_id: TaskId) -> Task:
    """Read a task."""
    return _found(task_id, await store.find(task_id))


@router.patch("/{task_id}", responses=_NO_JSON | _NOT_FOUND)
async def change_task(store: Store, task_id: TaskId, change: TaskChange) -> Task:
    """Complete a task, or open it again."""
    return _found(task_id, await store.change(task_id, change))


@router.delete("/{task_id}", status_code=HTTPStatus.NO_CONTENT, responses=_NOT_FOUND)
async def delete_task(store: Store, task_id: TaskId) -> None:
    """Delete a task."""
    if not await store.delete(task_id):
        raise _no_task(task_id)


def _found(task_id: uuid.UUID, task: Task | None) -> Task:
    if task is None:
        raise _no_task(task_id)
    return task


def _no_task(task_id: uuid.UUID) -> HTTPException:
    return HTTPException(HTTPStatus.NOT_FOUND, f"There is no task {task_id}.")
