"""Alerting and recording rules, in Prometheus' form."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from observability.description import Alert, Description, Owner, Recording
from observability.json_types import Json, Value

_RUNBOOKS: Final = "docs/runbooks"


def rules(description: Description, runbooks_url: str | None = None) -> Json:
    """The rule file: every alert that Prometheus owns on the description's target, and what it records.

    Each alert links to its runbook below `runbooks_url`; without one it names the page's path in the repository.
    """
    owned = [alert for alert in description.alerts if alert.owner[description.target] is Owner.PROMETHEUS]
    alerting: Json = {"name": "observability", "rules": [_rule(alert, runbooks_url) for alert in owned]}
    return {"groups": [alerting, *_recording(description.recordings)]}


def _recording(recordings: Sequence[Recording]) -> Iterator[Json]:
    """A group for each interval at which something is recorded."""
    for every in sorted({recording.every for recording in recordings}):
        yield {
            "name": f"recorded-every-{duration(every)}",
            "interval": duration(every),
            "rules": [
                {"record": recording.name, "expr": recording.expression}
                for recording in recordings
                if recording.every == every
            ],
        }


def _rule(alert: Alert, runbooks_url: str | None) -> Json:
    rule: dict[str, Value] = {"alert": alert.name, "expr": alert.condition}
    if alert.lasting:
        rule["for"] = duration(alert.lasting)
    return {
        **rule,
        "labels": {"severity": str(alert.severity)},
        "annotations": {
            "summary": alert.summary,
            "description": alert.detail,
            **_runbook(f"{alert.runbook}.md", runbooks_url),
        },
    }


def _runbook(page: str, runbooks_url: str | None) -> Json:
    """`runbook_url` is the name by which dashboards and pagers know a link."""
    if runbooks_url is None:
        return {"runbook": f"{_RUNBOOKS}/{page}"}
    return {"runbook_url": f"{runbooks_url.rstrip('/')}/{page}"}


def duration(value: timedelta) -> str:
    """Whole seconds in Prometheus' words."""
    seconds = int(value.total_seconds())
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"
