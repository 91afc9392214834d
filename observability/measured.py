"""Requests as a service measures them itself: the histogram of OpenTelemetry's semantic conventions for HTTP servers.

Its count tells rate and errors, its buckets the duration. Every service that has `metrics_path` is scraped for it. What
it tells of requests for health and metrics is left out: nobody waits for those.
Source: OpenTelemetry semantic conventions, "HTTP metrics", `http.server.request.duration`, in Prometheus' names.
"""

from typing import Final

from observability.queries import SLOW_SECONDS

HISTOGRAM: Final = "http_server_request_duration_seconds"
_ASKED: Final = 'http_route!~"/healthz|/readyz|/metrics"'
_FAILED: Final = f'{_ASKED},http_response_status_code=~"5.."'
_FAST: Final = f'{_ASKED},le=~"{SLOW_SECONDS:.0f}([.]0)?"'
"""Clients of Prometheus write the bound 1 as `1` or as `1.0`."""

RATE: Final = f"sum by (service) (rate({HISTOGRAM}_count{{{_ASKED}}}[5m]))"
"""Requests a second."""

FAILED_SHARE: Final = f"(sum by (service) (rate({HISTOGRAM}_count{{{_FAILED}}}[5m])) or 0 * {RATE}) / {RATE}"
"""The share of the requests that was answered with 500 to 599; 0 where none ever was."""

REQUESTS: Final = f"sum by (service) (increase({HISTOGRAM}_count{{{_ASKED}}}[5m]))"
"""Requests of the last five minutes."""

FAILED: Final = f"sum by (service) (increase({HISTOGRAM}_count{{{_FAILED}}}[5m])) or 0 * {REQUESTS}"
"""Those of them that were answered with 500 to 599; 0 where none ever was."""

SLOW: Final = f"{REQUESTS} - sum by (service) (increase({HISTOGRAM}_bucket{{{_FAST}}}[5m]))"
"""Those of them that took longer than one second."""


def duration(quantile: float) -> str:
    """The duration that this share of the requests of five minutes did not exceed, in seconds."""
    return f"histogram_quantile({quantile}, sum by (service, le) (rate({HISTOGRAM}_bucket{{{_ASKED}}}[5m])))"
