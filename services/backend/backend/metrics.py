"""Metrics in the names of OpenTelemetry's semantic conventions for HTTP servers, for Prometheus.

One histogram tells rate, errors and duration: its count by status, and its buckets. Routes are templates, never paths,
and methods are the known ones: whoever sends requests cannot add time series.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The text format that every Prometheus reads."""

_BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""OpenTelemetry semantic conventions, "HTTP metrics": `http.server.request.duration`."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_OTHER_METHOD: Final = "_OTHER"


class Metrics:
    """The metrics of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._duration = Histogram(
            "http_server_request_duration_seconds",
            "Duration of HTTP requests.",
            ("http_request_method", "http_route", "http_response_status_code"),
            buckets=_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._active = Gauge(
            "http_server_active_requests",
            "HTTP requests under way.",
            ("http_request_method",),
            registry=self.registry,
        )

    @contextmanager
    def under_way(self, method: str) -> Generator[None]:
        """Count a request as active meanwhile."""
        gauge = self._active.labels(_known(method))
        with gauge.track_inprogress():
            yield

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Record a request that was answered. `route` is a template, empty where none matched."""
        self._duration.labels(_known(method), route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self.registry)


def _known(method: str) -> str:
    return method if method in _METHODS else _OTHER_METHOD
