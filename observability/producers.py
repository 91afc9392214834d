"""The programs that Prometheus scrapes, and the metrics of theirs that rules and dashboards may use.

A rule that names a metric which is not here is an error: nothing would produce it, and it would never fire.
`tests/observability` holds this table against the programs that run on a build machine.
"""

from collections.abc import Mapping
from typing import Final

from observability import measured
from observability.description import Part, Producer, Target
from observability.queries import QUERIES

PROMETHEUS: Final = "prometheus"
ALERTMANAGER: Final = "alertmanager"
GRAFANA: Final = "grafana"
BLACKBOX: Final = "blackbox"
NODE: Final = "node"
CADVISOR: Final = "cadvisor"
POSTGRES: Final = "postgres-exporter"
ELASTICSEARCH: Final = "elasticsearch-exporter"
COUNTS: Final = "log-counts"
FLUENT_BIT: Final = "fluent-bit"
SERVICES: Final = "services"
"""The application's own, those that have metrics; each on its port and path."""

PRODUCERS: Mapping[str, Producer] = {
    item.name: item
    for item in (
        Producer(
            name=PROMETHEUS,
            port=9090,
            metrics=frozenset({"up", "prometheus_build_info", "scrape_duration_seconds"}),
        ),
        Producer(
            name=ALERTMANAGER,
            port=9093,
            metrics=frozenset({"alertmanager_alerts", "alertmanager_notifications_failed_total"}),
        ),
        Producer(name=GRAFANA, port=3000, metrics=frozenset({"grafana_build_info"})),
        Producer(
            name=BLACKBOX,
            port=9115,
            path="/probe",
            metrics=frozenset({"probe_success", "probe_duration_seconds", "probe_ssl_earliest_cert_expiry"}),
        ),
        Producer(
            name=NODE,
            port=9100,
            metrics=frozenset(
                {
                    "node_cpu_seconds_total",
                    "node_memory_MemAvailable_bytes",
                    "node_memory_MemTotal_bytes",
                    "node_filesystem_avail_bytes",
                    "node_filesystem_size_bytes",
                }
            ),
        ),
        Producer(
            name=CADVISOR,
            secured=False,
            port=8080,
            targets=frozenset({Target.DOCKER}),
            metrics=frozenset(
                {
                    "container_cpu_usage_seconds_total",
                    "container_spec_cpu_quota",
                    "container_spec_cpu_period",
                    "container_memory_working_set_bytes",
                    "container_spec_memory_limit_bytes",
                }
            ),
        ),
        Producer(
            name=POSTGRES,
            port=9187,
            metrics=frozenset({"pg_up", "pg_stat_activity_count", "pg_settings_max_connections"}),
        ),
        Producer(
            name=SERVICES,
            port=None,
            metrics=frozenset({f"{measured.HISTOGRAM}_bucket", f"{measured.HISTOGRAM}_count"}),
        ),
        Producer(
            name=ELASTICSEARCH,
            parts=frozenset({Part.LOGS, Part.METRICS}),
            port=9114,
            metrics=frozenset(
                {
                    "elasticsearch_cluster_health_status",
                    "elasticsearch_jvm_memory_used_bytes",
                    "elasticsearch_jvm_memory_max_bytes",
                    "elasticsearch_filesystem_data_available_bytes",
                    "elasticsearch_filesystem_data_size_bytes",
                    "elasticsearch_indices_indexing_index_total",
                }
            ),
        ),
        Producer(
            name=COUNTS,
            parts=frozenset({Part.LOGS, Part.METRICS}),
            secured=False,
            port=9200,
            metrics=frozenset({"logs_count_query_success", *(query.metric for query in QUERIES)}),
        ),
        Producer(
            name=FLUENT_BIT,
            parts=frozenset({Part.LOGS, Part.METRICS}),
            secured=False,
            port=2020,
            path="/api/v1/metrics/prometheus",
            metrics=frozenset(
                {
                    "fluentbit_input_records_total",
                    "fluentbit_output_dropped_records_total",
                    "fluentbit_output_proc_records_total",
                    "fluentbit_output_retries_total",
                }
            ),
        ),
    )
}
