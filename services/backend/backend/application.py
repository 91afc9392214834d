"""The application: its routes, what surrounds them, and how errors are told."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from backend import api, operations
from backend.body_limit import BodyLimit
from backend.database import UNAVAILABLE, Database
from backend.metrics import Metrics
from backend.problems import MEDIA_TYPE, invalid, problem
from backend.settings import DatabaseSettings
from backend.shutdown import Shutdown
from backend.tasks import TaskStore
from backend.telemetry import Telemetry

logger = logging.getLogger(__name__)

ROUTERS: Final = (api.router, operations.router)

_DESCRIPTION: Final = "Tasks: create, list, complete, delete. Errors are problem details (RFC 9457)."


def create(settings: DatabaseSettings, shutdown: Shutdown) -> FastAPI:
    """Return the application; its connections live as long as its ASGI lifespan."""
    database, metrics = Database(settings), Metrics()
    metrics.registry.register(database.collector())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await database.open()
        try:
            yield
        finally:
            await database.close()

    application = _Application(
        title="Tasks",
        version="1.0.0",
        description=_DESCRIPTION,
        openapi_url=f"{api.PREFIX}/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    application.state.database = database
    application.state.metrics = metrics
    application.state.shutdown = shutdown
    application.state.tasks = TaskStore(database)
    for router in ROUTERS:
        application.include_router(router)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _refused)
    for kind in UNAVAILABLE:
        application.add_exception_handler(kind, _unavailable)
    # The last one is around the others.
    application.add_middleware(BodyLimit)
    application.add_middleware(Telemetry, metrics=metrics, shutdown=shutdown)
    return application


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document. Every error in it is a problem, which FastAPI cannot be told."""
        if self.openapi_schema is None:
            document = super().openapi()
            for path in document["paths"].values():
                for operation in path.values():
                    for status, response in operation["responses"].items():
                        if int(status) >= HTTPStatus.BAD_REQUEST:
                            response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        return super().openapi()


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return invalid(request, error)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = ", ".join(_allowed(request))
    told = error.detail if error.detail != status.phrase else f"{request.method} {request.url.path}: {status.phrase}."
    return problem(request.url.path, status, told, headers=headers)


async def _unavailable(request: Request, error: Exception) -> Response:
    logger.warning("the database is unavailable: %s", str(error).strip(), extra={"error.type": type(error).__name__})
    return problem(
        request.url.path,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database is away for a moment. Try again.",
        headers={"retry-after": "1"},
    )


def _allowed(request: Request) -> list[str]:
    """Return every method that the path has; the router itself tells those of its first route alone."""
    routes = (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute))
    return sorted(
        {method for route in routes if route.path_regex.match(request.url.path) for method in route.methods or ()}
    )
