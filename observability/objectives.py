"""Service level objectives, and what Prometheus records to tell them.

Every five minutes the requests of five minutes are recorded; the objectives are sums over those records, so that a
window of weeks has a few thousand samples a service. Where the stack keeps no lines, services' own metrics are counted.
"""

from datetime import timedelta
from typing import Final

from observability import measured, producers
from observability.description import Recording

AVAILABILITY: Final = 0.995
"""The objective: this share of the requests of the window is answered without 5xx."""
SPEED: Final = 0.95
"""The objective: this share of the requests of the window is answered within one second."""
WINDOW_DAYS: Final = 30

REQUESTS: Final = "service:requests:sum5m"
FAILED: Final = "service:failed_requests:sum5m"
SLOW: Final = "service:slow_requests:sum5m"
AVAILABLE_SHARE: Final = f"service:available_requests:ratio{WINDOW_DAYS}d"
FAST_SHARE: Final = f"service:fast_requests:ratio{WINDOW_DAYS}d"

_FIVE_MINUTES: Final = timedelta(minutes=5)
"""As long as what is counted: each request is in one record."""
_OFTEN: Final = timedelta(minutes=1)
"""Prometheus takes a sample of more than five minutes ago for none."""
_ALL: Final = f"(sum_over_time({REQUESTS}[{WINDOW_DAYS}d]) > 0)"


def _recordings(producer: str, *, requests: str, failed: str, slow: str) -> tuple[Recording, ...]:
    """What is recorded where this producer tells of requests; each expression counts those of five minutes."""
    counts = {REQUESTS: requests, FAILED: failed, SLOW: slow}
    shares = {
        share: f"1 - sum_over_time({bad}[{WINDOW_DAYS}d]) / {_ALL}"
        for share, bad in ((AVAILABLE_SHARE, FAILED), (FAST_SHARE, SLOW))
    }
    return tuple(
        Recording(name=name, producers=(producer,), expression=expression, every=every)
        for expressions, every in ((counts, _FIVE_MINUTES), (shares, _OFTEN))
        for name, expression in expressions.items()
    )


RECORDINGS: tuple[Recording, ...] = _recordings(
    producers.COUNTS,
    requests="sum by (service) (logs_requests)",
    failed="sum by (service) (logs_failed_requests)",
    slow="sum by (service) (logs_slow_requests)",
)
MEASURED: tuple[Recording, ...] = _recordings(
    producers.SERVICES, requests=measured.REQUESTS, failed=measured.FAILED, slow=measured.SLOW
)
"""In place of those of the same names, where the stack keeps no lines."""
