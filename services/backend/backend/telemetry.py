"""What surrounds every request: its trace, its metrics, its access line, and the answer when nothing else gave one."""

import logging
import time
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import SERVICE_NAME, tracing
from backend.metrics import Metrics
from backend.problems import problem
from backend.shutdown import Shutdown

logger = logging.getLogger(__name__)

QUIET_PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds: their access lines are of level debug."""

_LONGEST_FIELD: Final = 1_000
"""Characters of a path or a header that an access line keeps."""


class Telemetry:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, metrics: Metrics, shutdown: Shutdown) -> None:
        self._app = app
        self._metrics = metrics
        self._shutdown = shutdown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and tell of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with tracing.span(Headers(scope=scope)) as span, self._metrics.under_way(scope["method"]):
            await _Exchange(scope, receive, send, span, self._shutdown).run(self._app, self._metrics)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, span: tracing.Span, shutdown: Shutdown) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._span = span
        self._shutdown = shutdown
        self._status: int | None = None

    async def run(self, app: ASGIApp, metrics: Metrics) -> None:
        started = time.perf_counter()
        try:
            await self._answered(app)
        finally:
            seconds = time.perf_counter() - started
            # Nothing was sent when the client left, or when the server ran out of time to finish.
            status = self._status or HTTPStatus.INTERNAL_SERVER_ERROR
            metrics.observe(self._scope["method"], self._route, status, seconds)
            self._log(status, seconds)

    async def _answered(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self._receive, self._sent)
        except Exception:
            logger.exception("the request failed")
            if self._status is not None:
                raise  # half an answer is out: the server must break the connection
            answer = problem(
                self._scope["path"],
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "The server failed. The logs say why, under the trace id.",
            )
            await answer(self._scope, self._receive, self._sent)

    async def _sent(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["traceresponse"] = self._span.traceparent
            if self._shutdown.begun:
                headers["connection"] = "close"
        await self._send(message)

    @property
    def _route(self) -> str:
        return getattr(self._scope.get("route"), "path", "")

    def _log(self, status: int, seconds: float) -> None:
        method, path = self._scope["method"], self._scope["path"]
        client = self._scope.get("client")
        user_agent = Headers(scope=self._scope).get("user-agent")
        logger.log(
            logging.DEBUG if path in QUIET_PATHS else logging.INFO,
            "%s %s %d",
            method,
            path[:_LONGEST_FIELD],
            status,
            extra={
                "event.dataset": f"{SERVICE_NAME}.access",
                "event.duration": round(seconds * 1e9),
                "event.outcome": "failure" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "success",
                "http.request.method": method,
                "http.response.status_code": int(status),
                "http.route": self._route or None,
                "source.ip": client[0] if client else None,
                "url.path": path[:_LONGEST_FIELD],
                "user_agent.original": user_agent[:_LONGEST_FIELD] if user_agent else None,
            },
        )
