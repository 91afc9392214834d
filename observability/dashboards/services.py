"""Services: what they are asked, how they answer, and whether they keep what was promised."""

from typing import Final

from observability import measured, objectives, producers
from observability.description import Bad, MetricsDashboard, Panel, PanelKind, Unit
from observability.queries import SLOW_SECONDS

_COUNTS: Final = (producers.COUNTS,)
_MEASURED: Final = (producers.SERVICES,)
_PROBES: Final = (producers.BLACKBOX,)
_FAILED: Final = "sum by (service) (logs_failed_requests) / sum by (service) (logs_requests)"
_SLOW: Final = "sum by (service) (logs_slow_requests) / sum by (service) (logs_requests)"

SERVICES: tuple[MetricsDashboard, ...] = (
    MetricsDashboard(
        slug="services",
        title="Services: rate, errors, duration",
        question="Which service is in trouble, and since when?",
        panels=(
            Panel(
                title="Requests",
                kind=PanelKind.LINES,
                unit=Unit.REQUESTS_PER_SECOND,
                queries={"{{service}}": "sum by (service) (logs_requests) / 300"},
                producers=_COUNTS,
            ),
            Panel(
                title="Share of requests answered with 5xx",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={"{{service}}": _FAILED},
                producers=_COUNTS,
                thresholds=(0.05,),
            ),
            Panel(
                title="Share of requests slower than one second",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={"{{service}}": _SLOW},
                producers=_COUNTS,
                thresholds=(0.05,),
            ),
            Panel(
                title="Error lines in five minutes",
                kind=PanelKind.LINES,
                unit=Unit.SHORT,
                queries={"{{service}}": "sum by (service) (logs_error_lines)"},
                producers=_COUNTS,
                thresholds=(10,),
            ),
            Panel(
                title="Requests, as the service measures them",
                kind=PanelKind.LINES,
                unit=Unit.REQUESTS_PER_SECOND,
                queries={"{{service}}": measured.RATE},
                producers=_MEASURED,
            ),
            Panel(
                title="Share of requests answered with 5xx, as the service measures it",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={"{{service}}": measured.FAILED_SHARE},
                producers=_MEASURED,
                thresholds=(0.05,),
            ),
            Panel(
                title="Duration of requests, 50th and 95th percentile",
                kind=PanelKind.LINES,
                unit=Unit.SECONDS,
                queries={"{{service}} p50": measured.duration(0.5), "{{service}} p95": measured.duration(0.95)},
                producers=_MEASURED,
                width=24,
                thresholds=(SLOW_SECONDS,),
            ),
        ),
    ),
    MetricsDashboard(
        slug="uptime",
        title="Uptime",
        question="Who answers, how fast, and until when is its certificate good?",
        panels=(
            Panel(
                title="Answers",
                kind=PanelKind.TIMELINE,
                unit=Unit.SHORT,
                queries={"{{service}}": "probe_success"},
                producers=_PROBES,
                width=24,
                thresholds=(1,),
                bad=Bad.BELOW,
            ),
            Panel(
                title="Uptime, 24 hours",
                kind=PanelKind.TABLE,
                unit=Unit.PERCENT,
                queries={"{{service}}": "avg by (service) (avg_over_time(probe_success[24h]))"},
                producers=_PROBES,
            ),
            Panel(
                title="Days until the certificate expires",
                kind=PanelKind.TABLE,
                unit=Unit.DAYS,
                queries={"{{service}}": "min by (service) (probe_ssl_earliest_cert_expiry - time()) / 86400"},
                producers=_PROBES,
            ),
            Panel(
                title="Duration of probes",
                kind=PanelKind.LINES,
                unit=Unit.SECONDS,
                queries={"{{service}}": "probe_duration_seconds"},
                producers=_PROBES,
            ),
            Panel(
                title="Targets that cannot be scraped",
                kind=PanelKind.TABLE,
                unit=Unit.SHORT,
                queries={"{{job}} {{instance}}": "up == 0"},
                producers=(producers.PROMETHEUS,),
            ),
        ),
    ),
    MetricsDashboard(
        slug="slo",
        title=f"Service level objectives, {objectives.WINDOW_DAYS} days",
        question=(
            f"Are {objectives.AVAILABILITY:.1%} of the requests answered, and {objectives.SPEED:.0%} within one second?"
        ),
        panels=(
            Panel(
                title="Availability",
                kind=PanelKind.NUMBER,
                unit=Unit.PERCENT,
                queries={"{{service}}": objectives.AVAILABLE_SHARE},
                producers=(),
                thresholds=(objectives.AVAILABILITY,),
                bad=Bad.BELOW,
            ),
            Panel(
                title="Answered within one second",
                kind=PanelKind.NUMBER,
                unit=Unit.PERCENT,
                queries={"{{service}}": objectives.FAST_SHARE},
                producers=(),
                thresholds=(objectives.SPEED,),
                bad=Bad.BELOW,
            ),
            Panel(
                title="Error budget that is left",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={"{{service}}": f"1 - (1 - {objectives.AVAILABLE_SHARE}) / {1 - objectives.AVAILABILITY:.3f}"},
                producers=(),
                width=24,
                thresholds=(0,),
                bad=Bad.BELOW,
            ),
        ),
    ),
)
