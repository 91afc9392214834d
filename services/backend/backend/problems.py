"""Errors as problem details (RFC 9457): what is wrong, in words for whoever called, and never what we are made of."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from backend.tracing import current

MEDIA_TYPE: Final = "application/problem+json"


class InvalidInput(BaseModel):
    """One thing that is wrong with a request."""

    model_config = ConfigDict(frozen=True)

    detail: str
    pointer: str | None = Field(default=None, description="JSON Pointer into the body, as a URI fragment.")
    parameter: str | None = Field(default=None, description="Name of the parameter of the path or the query.")


class Problem(BaseModel):
    """Problem details. `type` is always `about:blank`: the status says what kind it is."""

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path of the request.")
    trace_id: str | None = Field(default=None, description="Find the request in the logs by this.")
    errors: tuple[InvalidInput, ...] | None = None


def problem(
    path: str,
    status: HTTPStatus,
    detail: str,
    *,
    errors: Sequence[InvalidInput] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem as the answer to a request of `path`."""
    span = current()
    body = Problem(
        title=status.phrase,
        status=status,
        detail=detail,
        instance=path,
        trace_id=span.trace_id if span else None,
        errors=None if errors is None else tuple(errors),
    )
    return Response(
        body.model_dump_json(exclude_none=True), status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def invalid(request: Request, error: RequestValidationError) -> Response:
    """Return what is wrong with a request, each thing with its place; the bad values are not repeated."""
    if malformed := next((details for details in error.errors() if details["type"] == "json_invalid"), None):
        return problem(request.url.path, HTTPStatus.BAD_REQUEST, f"The body is no JSON: {malformed['ctx']['error']}.")
    return problem(
        request.url.path,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request does not have the form that the API asks for.",
        errors=[_invalid_input(details) for details in error.errors()],
    )


def _invalid_input(details: Mapping[str, Any]) -> InvalidInput:
    where, *path = details["loc"]
    detail = str(details["msg"])
    if where != "body":
        return InvalidInput(detail=detail, parameter=".".join(map(str, path)))
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return InvalidInput(detail=detail, pointer="#" + "".join(f"/{step}" for step in steps))
