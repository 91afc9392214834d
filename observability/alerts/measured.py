"""Alerts over what services measure themselves, where the stack keeps no lines that could be counted."""

from observability import measured, producers
from observability.alerts.owners import PROMETHEUS_EVERYWHERE, minutes
from observability.alerts.services import FEWEST_FAILURES
from observability.description import Alert, Severity
from observability.queries import SLOW_SECONDS

MEASURED: tuple[Alert, ...] = (
    Alert(
        name="ServerErrors",
        producers=(producers.SERVICES,),
        condition=f"{measured.FAILED_SHARE} > 0.05 and ({measured.FAILED}) >= {FEWEST_FAILURES}",
        lasting=minutes(5),
        severity=Severity.CRITICAL,
        summary="{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} fail",
        detail=f"More than 5 % of the requests, at least {FEWEST_FAILURES}, were answered with 5xx for five minutes.",
        runbook="server-errors",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="SlowRequests",
        producers=(producers.SERVICES,),
        condition=f"{measured.duration(0.95)} > {SLOW_SECONDS:.0f}",
        lasting=minutes(10),
        severity=Severity.WARNING,
        summary="The 95th percentile of {{ $labels.service }} is above one second",
        detail="More than 5 % of the requests took longer than one second for ten minutes.",
        runbook="slow-requests",
        owner=PROMETHEUS_EVERYWHERE,
    ),
)
"""In place of those of the same names."""
