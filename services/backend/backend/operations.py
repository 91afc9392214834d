"""What the platform asks: is the process alive, can it work, how is it doing.

Not for the outside, and not in the OpenAPI document.
"""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from backend.database import UNAVAILABLE
from backend.metrics import CONTENT_TYPE
from backend.problems import problem
from backend.schema import missing_migrations

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """Answer: whoever answers is alive, with or without a database."""
    return {"status": "alive"}


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """Say whether requests would be served: the database answers and has the schema that this build needs."""
    if request.app.state.shutdown.begun:
        return _not_ready(request, "The server is shutting down.")
    try:
        missing = await request.app.state.database.run(missing_migrations)
    except UNAVAILABLE:
        return _not_ready(request, "The database does not answer. The logs say why.")
    if missing:
        return _not_ready(request, f"The database lacks migrations, run the migrate job: {', '.join(missing)}")
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Metrics for Prometheus."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE)


def _not_ready(request: Request, detail: str) -> Response:
    return problem(request.url.path, HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"retry-after": "1"})
