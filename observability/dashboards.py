"""The dashboards: metrics in Grafana, lines in Kibana. Each answers the question in its description."""

from typing import Final

from observability import producers
from observability.description import (
    LogDashboard,
    LogPanel,
    LogPanelKind,
    MetricsDashboard,
    Panel,
    PanelKind,
    Unit,
)

SLO_AVAILABILITY: Final = 0.995
"""The objective: this share of the requests of 30 days is answered without 5xx."""
SLO_SPEED: Final = 0.95
"""The objective: this share of the requests of 30 days is answered within one second."""

_COUNTS: Final = (producers.COUNTS,)
_PROBES: Final = (producers.BLACKBOX,)
_ELASTICSEARCH: Final = (producers.ELASTICSEARCH,)
_FAILED: Final = "sum by (service) (logs_failed_requests) / sum by (service) (logs_requests)"
_SLOW: Final = "sum by (service) (logs_slow_requests) / sum by (service) (logs_requests)"
_GOOD_30_DAYS: Final = (
    "1 - sum by (service) (sum_over_time(logs_failed_requests[30d]))"
    " / sum by (service) (sum_over_time(logs_requests[30d]))"
)
_FAST_30_DAYS: Final = (
    "1 - sum by (service) (sum_over_time(logs_slow_requests[30d]))"
    " / sum by (service) (sum_over_time(logs_requests[30d]))"
)

METRICS_DASHBOARDS: tuple[MetricsDashboard, ...] = (
    MetricsDashboard(
        slug="services",
        title="Services: rate, errors, duration",
        question="Which service is in trouble, and since when?",
        panels=(
            Panel(
                title="Requests",
                kind=PanelKind.LINES,
                unit=Unit.PER_SECOND,
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
        ),
    ),
    MetricsDashboard(
        slug="resources",
        title="Hosts and containers",
        question="What runs short: processors, memory, disk, connections?",
        panels=(
            Panel(
                title="Processors of hosts, busy",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={"{{instance}}": '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))'},
                producers=(producers.NODE,),
                thresholds=(0.8,),
            ),
            Panel(
                title="Memory of hosts, used",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={"{{instance}}": "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes"},
                producers=(producers.NODE,),
                thresholds=(0.8,),
            ),
            Panel(
                title="Processors of containers",
                kind=PanelKind.LINES,
                unit=Unit.SHORT,
                queries={"{{service}}": "sum by (service) (rate(container_cpu_usage_seconds_total[5m]))"},
                producers=(producers.CADVISOR,),
            ),
            Panel(
                title="Memory of containers, of their limit",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={
                    "{{service}}": "max by (service) (container_memory_working_set_bytes"
                    " / (container_spec_memory_limit_bytes > 0))"
                },
                producers=(producers.CADVISOR,),
                thresholds=(0.8,),
            ),
            Panel(
                title="File systems, free",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={"{{instance}} {{mountpoint}}": "node_filesystem_avail_bytes / node_filesystem_size_bytes"},
                producers=(producers.NODE,),
                thresholds=(0.1,),
            ),
            Panel(
                title="Connections to PostgreSQL, of the most",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={
                    "{{service}}": "sum by (service) (pg_stat_activity_count)"
                    " / max by (service) (pg_settings_max_connections)"
                },
                producers=(producers.POSTGRES,),
                thresholds=(0.8,),
            ),
        ),
    ),
    MetricsDashboard(
        slug="elk",
        title="Logging itself",
        question="Does every line arrive, and is there room for more?",
        panels=(
            Panel(
                title="Cluster is red",
                kind=PanelKind.NUMBER,
                unit=Unit.SHORT,
                queries={"red": 'elasticsearch_cluster_health_status{color="red"}'},
                producers=_ELASTICSEARCH,
                width=6,
                thresholds=(1,),
            ),
            Panel(
                title="Documents in failure stores, 24 hours",
                kind=PanelKind.NUMBER,
                unit=Unit.SHORT,
                queries={"refused": "sum(logs_failure_store_documents)"},
                producers=_COUNTS,
                width=6,
                thresholds=(1,),
            ),
            Panel(
                title="Unparsed lines in ten minutes",
                kind=PanelKind.NUMBER,
                unit=Unit.SHORT,
                queries={"unparsed": "sum(logs_unparsed_lines)"},
                producers=_COUNTS,
                width=6,
                thresholds=(10,),
            ),
            Panel(
                title="Documents indexed",
                kind=PanelKind.NUMBER,
                unit=Unit.PER_SECOND,
                queries={"indexed": "sum(rate(elasticsearch_indices_indexing_index_total[5m]))"},
                producers=_ELASTICSEARCH,
                width=6,
            ),
            Panel(
                title="Documents in ten minutes, by stream",
                kind=PanelKind.LINES,
                unit=Unit.SHORT,
                queries={"{{stream}}": "logs_documents"},
                producers=_COUNTS,
            ),
            Panel(
                title="Fluent Bit: lines read and delivered",
                kind=PanelKind.LINES,
                unit=Unit.PER_SECOND,
                queries={
                    "read {{name}}": "rate(fluentbit_input_records_total[5m])",
                    "delivered {{name}}": "rate(fluentbit_output_proc_records_total[5m])",
                    "retries {{name}}": "rate(fluentbit_output_retries_total[5m])",
                },
                producers=(producers.FLUENT_BIT,),
            ),
            Panel(
                title="Heap of Elasticsearch",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={
                    "{{name}}": 'elasticsearch_jvm_memory_used_bytes{area="heap"}'
                    ' / elasticsearch_jvm_memory_max_bytes{area="heap"}'
                },
                producers=_ELASTICSEARCH,
                thresholds=(0.8, 0.9),
            ),
            Panel(
                title="Disk of Elasticsearch, free",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={
                    "{{name}}": "elasticsearch_filesystem_data_available_bytes"
                    " / elasticsearch_filesystem_data_size_bytes"
                },
                producers=_ELASTICSEARCH,
                thresholds=(0.1, 0.2),
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
        title="Service level objectives, 30 days",
        question=f"Are {SLO_AVAILABILITY:.1%} of the requests answered, and {SLO_SPEED:.0%} within one second?",
        panels=(
            Panel(
                title="Availability",
                kind=PanelKind.NUMBER,
                unit=Unit.PERCENT,
                queries={"{{service}}": _GOOD_30_DAYS},
                producers=_COUNTS,
                thresholds=(SLO_AVAILABILITY,),
            ),
            Panel(
                title="Answered within one second",
                kind=PanelKind.NUMBER,
                unit=Unit.PERCENT,
                queries={"{{service}}": _FAST_30_DAYS},
                producers=_COUNTS,
                thresholds=(SLO_SPEED,),
            ),
            Panel(
                title="Error budget that is left",
                kind=PanelKind.LINES,
                unit=Unit.PERCENT,
                queries={"{{service}}": f"1 - (1 - ({_GOOD_30_DAYS})) / {1 - SLO_AVAILABILITY:.3f}"},
                producers=_COUNTS,
                width=24,
                thresholds=(0,),
            ),
        ),
    ),
)

_ERRORS: Final = "log.level: (error or critical or fatal or panic)"
_LINE: Final = ("service.name", "log.level", "message")

LOG_DASHBOARDS: tuple[LogDashboard, ...] = (
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
                columns=("service.name", "http.request.method", "url.path", "http.response.status_code", "trace.id"),
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
