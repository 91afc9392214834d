"""Lines in Kibana."""

from typing import Final

from observability.description import LogDashboard, LogPanel, LogPanelKind

_ERRORS: Final = "log.level: (error or critical or fatal or panic)"
_LINE: Final = ("service.name", "log.level", "message")
_REQUEST: Final = ("service.name", "http.request.method", "url.path", "http.response.status_code", "trace.id")

LINES: tuple[LogDashboard, ...] = (
    LogDashboard(
        slug="logs",
        title="Logs",
        question="What do the services say, all or one, over time?",
        panels=(
            LogPanel(title="Lines by service", kind=LogPanelKind.COUNT_OVER_TIME, field="service.name", width=32),
            LogPanel(title="Lines by level", kind=LogPanelKind.TOP_VALUES, field="log.level", width=16),
            LogPanel(title="Lines", kind=LogPanelKind.LINES, columns=(*_LINE, "trace.id"), width=48),
        ),
    ),
    LogDashboard(
        slug="errors",
        title="Error triage",
        question="What fails, where, and with which stack trace?",
        panels=(
            LogPanel(
                title="Errors by service",
                kind=LogPanelKind.COUNT_OVER_TIME,
                query=_ERRORS,
                field="service.name",
                width=32,
            ),
            LogPanel(
                title="Types of errors", kind=LogPanelKind.TOP_VALUES, query=_ERRORS, field="error.type", width=16
            ),
            LogPanel(
                title="Errors",
                kind=LogPanelKind.LINES,
                query=_ERRORS,
                columns=(*_LINE, "error.type", "error.message", "trace.id"),
                width=48,
            ),
            LogPanel(
                title="Lines that could not be parsed",
                kind=LogPanelKind.LINES,
                query="event.kind: pipeline_error",
                columns=("service.name", "error.message", "message"),
                width=48,
            ),
        ),
    ),
    LogDashboard(
        slug="access",
        title="Access",
        question="Who asks for what, and how is it answered?",
        panels=(
            LogPanel(
                title="Requests by status",
                kind=LogPanelKind.COUNT_OVER_TIME,
                query="http.response.status_code: *",
                field="http.response.status_code",
                width=24,
            ),
            LogPanel(
                title="95th percentile of the duration, ns",
                kind=LogPanelKind.PERCENTILE_OVER_TIME,
                query="http.response.status_code: *",
                field="event.duration",
                width=24,
            ),
            LogPanel(
                title="Paths", kind=LogPanelKind.TOP_VALUES, query="http.response.status_code: *", field="url.path"
            ),
            LogPanel(
                title="Clients", kind=LogPanelKind.TOP_VALUES, query="http.response.status_code: *", field="client.ip"
            ),
            LogPanel(
                title="Failed requests",
                kind=LogPanelKind.LINES,
                query="http.response.status_code >= 500",
                columns=_REQUEST,
                width=48,
            ),
            LogPanel(
                title="Slowest requests, duration in ns",
                kind=LogPanelKind.LINES,
                query="http.response.status_code: * and event.duration: *",
                columns=("event.duration", *_REQUEST),
                first_by="event.duration",
                width=48,
            ),
        ),
    ),
    LogDashboard(
        slug="database",
        title="Database",
        question="What does PostgreSQL complain about, and who came in?",
        panels=(
            LogPanel(
                title="Lines by level",
                kind=LogPanelKind.COUNT_OVER_TIME,
                query="event.module: postgresql",
                field="log.level",
                width=24,
            ),
            LogPanel(
                title="Duration of logged statements, 95th percentile, ns",
                kind=LogPanelKind.PERCENTILE_OVER_TIME,
                query="event.module: postgresql and event.duration: *",
                field="event.duration",
                width=24,
            ),
            LogPanel(
                title="Slowest statements that were logged, duration in ns",
                kind=LogPanelKind.LINES,
                query="event.module: postgresql and event.duration: *",
                columns=("event.duration", "message"),
                first_by="event.duration",
                width=48,
            ),
            LogPanel(
                title="Errors",
                kind=LogPanelKind.LINES,
                query=f"event.module: postgresql and {_ERRORS}",
                columns=("log.level", "user.name", "postgresql.log.database", "message"),
                width=48,
            ),
            LogPanel(
                title="Connections, roles and grants",
                kind=LogPanelKind.LINES,
                query="event.module: postgresql and event.category: (authentication or iam)",
                columns=("event.action", "user.name", "client.ip", "message"),
                width=48,
            ),
        ),
    ),
)
