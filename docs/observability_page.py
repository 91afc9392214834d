"""`docs/reference/observability.md`, from the description of what is watched."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from observability.catalogue import describe
from observability.description import Alert, Description, LogDashboard, MetricsDashboard, Target
from observability.elasticsearch.roles import USERS, roles
from observability.streams import FAILURES_RETENTION_DAYS
from observability.watching import LABELS, watched
from services.application import built_in

_HEAD = """\
# What is watched

Streams, retention, alerts, dashboards and rights of the built-in application in the stack `dev`. Another application
gets the same for its own services. How to use it: [the guide](../guides/observability.md).

This page is generated from the code: `make docs`.
"""


def render() -> str:
    """The whole page."""
    described = describe(tuple(watched(built_in())), "dev")
    sections = (
        ("Retention", _retention(described)),
        ("Data streams", _streams(described)),
        ("Alerts", _alerts(described.alerts)),
        ("What is recorded", _recordings(described)),
        ("Dashboards in Grafana", _metrics_dashboards(described.metrics_dashboards)),
        ("Dashboards in Kibana", _log_dashboards(described.log_dashboards)),
        ("Labels of a service", _table(("Label", "Meaning"), [(f"`{name}`", text) for name, text in LABELS.items()])),
        ("Probes", _probes(described)),
        ("Where metrics come from", _producers(described)),
        ("What is counted in the logs", _queries(described)),
        ("What is redacted", _redactions(described)),
        ("Roles and users of Elasticsearch", _roles(described)),
    )
    return _HEAD + "".join(f"\n## {title}\n\n{body}\n" for title, body in sections)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _retention(described: Description) -> str:
    rows = [
        (f"`{item.name}`", f"{item.days} days", f"{item.rollover_age_days} day or {item.rollover_size_gb} GB", item.why)
        for item in described.retention.values()
    ]
    rows.append(
        (
            "failure stores",
            f"{FAILURES_RETENTION_DAYS} days",
            "by Elasticsearch",
            "What a mapping or a pipeline refused, with the reason.",
        )
    )
    return _table(("Class", "Deleted after", "New index after", "Why"), rows)


def _streams(described: Description) -> str:
    return _table(
        ("Data stream", "Lines of", "Class", "Parsed by"),
        [
            (
                f"`{stream.name}`",
                f"`{stream.service}`",
                stream.retention,
                f"`{stream.pipeline}`" if stream.pipeline else "moved there from the service's first stream",
            )
            for stream in described.streams
        ],
    )


_NOT_ON_AWS: Final = (
    "Nothing evaluates them on AWS yet, where a stack with `observability:parts` is refused: the last column says who\n"
    "is meant to."
)


def _alerts(alerts: Iterable[Alert]) -> str:
    table = _table(
        ("Alert", "Severity", "Condition", "For", "On Docker", "On AWS"),
        [
            (
                f"[{alert.name}](../runbooks/{alert.runbook}.md)",
                alert.severity,
                f"`{alert.condition}`",
                _time(alert.lasting),
                alert.owner[Target.DOCKER],
                alert.owner[Target.AWS],
            )
            for alert in alerts
        ],
    )
    return f"{_NOT_ON_AWS}\n\n{table}"


def _time(value: timedelta) -> str:
    minutes = int(value.total_seconds() // 60)
    return f"{minutes} min" if minutes else "at once"


def _recordings(described: Description) -> str:
    rows = [(f"`{item.name}`", f"`{item.expression}`", _time(item.every)) for item in described.recordings]
    return _table(("Series", "Expression", "Every"), rows)


def _metrics_dashboards(boards: Iterable[MetricsDashboard]) -> str:
    rows = [(board.title, board.question, "; ".join(panel.title for panel in board.panels)) for board in boards]
    return _table(("Dashboard", "Answers", "Panels"), rows)


def _log_dashboards(boards: Iterable[LogDashboard]) -> str:
    rows = [(board.title, board.question, "; ".join(panel.title for panel in board.panels)) for board in boards]
    return _table(("Dashboard", "Answers", "Panels"), rows)


def _probes(described: Description) -> str:
    rows = [(f"`{probe.service}`", f"`{probe.kind}`", f"`{probe.target}`") for probe in described.probes]
    return _table(("Service", "Module", "Target"), rows)


def _producers(described: Description) -> str:
    rows = [
        (f"`{item.name}`", f"{item.port or 'its own'}", ", ".join(f"`{metric}`" for metric in sorted(item.metrics)))
        for item in described.producers.values()
    ]
    return _table(("Program", "Port", "Metrics that rules and dashboards may use"), rows)


def _queries(described: Description) -> str:
    return _table(("Metric", "Meaning"), [(f"`{query.metric}`", query.help) for query in described.queries])


def _redactions(described: Description) -> str:
    return _table(("What", "Becomes"), [(item.name, f"`{item.replacement}`") for item in described.redactions])


def _roles(described: Description) -> str:
    held = {name: [user.name for user in USERS if name in user.roles] for name in roles(described)}
    rows = [
        (f"`{name}`", str(body["description"]), ", ".join(f"`{user}`" for user in held[name]))
        for name, body in roles(described).items()
    ]
    return _table(("Role", "What it can do", "Users"), rows)
