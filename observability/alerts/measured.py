"""Alerts over what services measure themselves, where the stack keeps no lines that could be counted."""

from dataclasses import replace

from observability import measured, producers
from observability.alerts.services import FEWEST_FAILURES, REQUESTS
from observability.description import Alert
from observability.queries import SLOW_SECONDS

_COUNTED = {alert.name: alert for alert in REQUESTS}

MEASURED: tuple[Alert, ...] = (
    replace(
        _COUNTED["ServerErrors"],
        producers=(producers.SERVICES,),
        condition=f"{measured.FAILED_SHARE} > 0.05 and ({measured.FAILED}) >= {FEWEST_FAILURES}",
    ),
    replace(
        _COUNTED["SlowRequests"],
        producers=(producers.SERVICES,),
        condition=f"{measured.duration(0.95)} > {SLOW_SECONDS:.0f}",
        detail="More than 5 % of the requests took longer than one second for ten minutes.",
    ),
)
"""In place of those of the same names, of which all but these differences holds."""
