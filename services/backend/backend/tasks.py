"""Tasks: what they are, and how they are kept."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from psycopg import sql
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.database import Connection, Database
from backend.identifiers import new_id

LONGEST_TITLE: Final = 200
LARGEST_PAGE: Final = 100

Title = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=LONGEST_TITLE,
        # No control characters, and something to see. Written so that JSON Schema's regular expressions read it, too.
        pattern=r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
    ),
]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewTask(_Model):
    """A task to be made."""

    title: Title = Field(description="What is to be done.")


class TaskChange(_Model):
    """What changes about a task."""

    completed: bool = Field(strict=True, description="Whether it is done.")


class Task(_Model):
    """Something to be done."""

    id: uuid.UUID
    title: str
    created_at: datetime
    completed_at: datetime | None


class Status(StrEnum):
    """Which tasks a list holds."""

    ALL = "all"
    OPEN = "open"
    COMPLETED = "completed"


class TaskQuery(_Model):
    """Which part of which tasks is listed."""

    status: Status = Status.ALL
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20
    cursor: uuid.UUID | None = Field(default=None, description="`next_cursor` of the page before.")


class TaskPage(_Model):
    """A page of tasks, newest first."""

    items: tuple[Task, ...]
    next_cursor: uuid.UUID | None = Field(description="Where the next page begins; null on the last one.")


_COLUMNS: Final = sql.SQL("id, title, created_at, completed_at")
_OF_STATUS: Final = {
    Status.ALL: sql.SQL("true"),
    Status.OPEN: sql.SQL("completed_at IS NULL"),
    Status.COMPLETED: sql.SQL("completed_at IS NOT NULL"),
}


class TaskStore:
    """Tasks in PostgreSQL. Each method is one statement that comes to the same when it is repeated."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, new: NewTask) -> Task:
        """Add a task."""
        # The identifier is made here, once: a second try finds the row of the first.
        statement = sql.SQL(
            "INSERT INTO tasks (id, title) VALUES (%(id)s, %(title)s) "
            "ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title RETURNING {}"
        ).format(_COLUMNS)
        task = await self._one(statement, {"id": new_id(), "title": new.title})
        assert task is not None  # an upsert returns its row
        return task

    async def page(self, query: TaskQuery) -> TaskPage:
        """Return a page; identifiers rise with time, so the order by them is stable while tasks come and go."""
        statement = sql.SQL(
            "SELECT {} FROM tasks WHERE {} AND (%(cursor)s::uuid IS NULL OR id < %(cursor)s::uuid) "
            "ORDER BY id DESC LIMIT %(limit)s"
        ).format(_COLUMNS, _OF_STATUS[query.status])

        async def select(connection: Connection) -> list[Task]:
            # One more than is shown says whether there is another page.
            found = await connection.execute(statement, {"cursor": query.cursor, "limit": query.limit + 1})
            return [Task.model_validate(row) for row in await found.fetchall()]

        tasks = await self._database.run(select)
        shown = tuple(tasks[: query.limit])
        return TaskPage(items=shown, next_cursor=shown[-1].id if len(tasks) > query.limit else None)

    async def find(self, task_id: uuid.UUID) -> Task | None:
        """Return a task, None where there is none."""
        return await self._one(sql.SQL("SELECT {} FROM tasks WHERE id = %(id)s").format(_COLUMNS), {"id": task_id})

    async def change(self, task_id: uuid.UUID, change: TaskChange) -> Task | None:
        """Complete a task or open it again; one that is complete keeps its time."""
        statement = sql.SQL(
            "UPDATE tasks SET completed_at = CASE WHEN %(completed)s THEN coalesce(completed_at, now()) END "
            "WHERE id = %(id)s RETURNING {}"
        ).format(_COLUMNS)
        return await self._one(statement, {"id": task_id, "completed": change.completed})

    async def delete(self, task_id: uuid.UUID) -> bool:
        """Delete a task; False where there is none."""
        return (
            await self._one(
                sql.SQL("DELETE FROM tasks WHERE id = %(id)s RETURNING {}").format(_COLUMNS), {"id": task_id}
            )
            is not None
        )

    async def _one(self, statement: sql.Composed, parameters: dict[str, object]) -> Task | None:
        async def execute(connection: Connection) -> Task | None:
            row = await (await connection.execute(statement, parameters)).fetchone()
            return None if row is None else Task.model_validate(row)

        return await self._database.run(execute)
