"""For every alert: series under which it fires and series under which it stays silent, one value a minute."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Series = Mapping[str, str]
Labels = Mapping[str, str]

DAY: Final = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class Case:
    """`labels` are those of the alert that fires, `also` those of it that fire with it.

    `after_minutes` is when its condition first holds.
    `still_minutes` are later times at which it fires, `over_minutes` those at which it does no more.
    """

    fires: Series
    silent: Series
    still_minutes: tuple[int, ...] = ()
    over_minutes: tuple[int, ...] = ()
    labels: Labels = field(default_factory=dict[str, str])
    also: tuple[Labels, ...] = ()
    after_minutes: int = 0


def _requests(metric: str, bad: int, every: int = 100, service: str = "backend") -> Series:
    labels = f'{{service="{service}",stream="logs-{service}.access-dev"}}'
    return {f"logs_requests{labels}": f"{every}x120", f"{metric}{labels}": f"{bad}x120"}


_NODE: Final = '{instance="node:9100",job="node"}'
_DISK: Final = '{instance="node:9100",mountpoint="/",fstype="ext4"}'
_HEAP: Final = '{name="one",area="heap"}'
_FROM_START: Final = "x120"


def _share(used: str, most: str, labels: str, share: float) -> Series:
    return {f"{used}{labels}": f"{share * 1000:.0f}{_FROM_START}", f"{most}{labels}": f"1000{_FROM_START}"}


def _processors(busy: float) -> Series:
    """A counter of idle seconds: 60 a minute when nothing runs."""
    return {'node_cpu_seconds_total{instance="node:9100",cpu="0",mode="idle"}': f"0+{60 * (1 - busy):g}{_FROM_START}"}


def _container_processors(busy: float) -> Series:
    labels = '{service="backend",name="app-backend-1"}'
    return {
        f"container_cpu_usage_seconds_total{labels}": f"0+{60 * busy * 0.5:g}{_FROM_START}",
        f"container_spec_cpu_quota{labels}": f"50000{_FROM_START}",
        f"container_spec_cpu_period{labels}": f"100000{_FROM_START}",
    }


_STREAM: Final = '{service="backend",stream="logs-backend-dev"}'

CASES: Mapping[str, Case] = {
    "ProbeDown": Case(
        fires={'probe_success{service="backend",instance="http://backend:8000/healthz"}': "0x120"},
        silent={'probe_success{service="backend",instance="http://backend:8000/healthz"}': "1x120"},
        labels={"service": "backend", "instance": "http://backend:8000/healthz"},
    ),
    "TargetDown": Case(
        fires={'up{job="node",instance="node:9100"}': "0x120"},
        silent={'up{job="node",instance="node:9100"}': "1x120"},
        labels={"job": "node", "instance": "node:9100"},
    ),
    "CertificateExpiresSoon": Case(
        fires={'probe_ssl_earliest_cert_expiry{service="kibana"}': f"{19 * DAY}x120"},
        silent={'probe_ssl_earliest_cert_expiry{service="kibana"}': f"{21 * DAY}x120"},
        labels={"service": "kibana"},
    ),
    "CertificateExpiresNow": Case(
        fires={'probe_ssl_earliest_cert_expiry{service="kibana"}': f"{2 * DAY}x120"},
        silent={'probe_ssl_earliest_cert_expiry{service="kibana"}': f"{4 * DAY}x120"},
        labels={"service": "kibana"},
    ),
    "DeadMan": Case(fires={}, silent={}),
    "ServerErrors": Case(
        # By day the share decides, by night the number.
        fires={
            **_requests("logs_failed_requests", 6),
            **_requests("logs_failed_requests", 5, every=20, service="night"),
        },
        silent={
            **_requests("logs_failed_requests", 5),
            **_requests("logs_failed_requests", 4, every=20, service="night"),
            **_requests("logs_failed_requests", 2, every=2, service="rare"),
        },
        labels={"service": "backend"},
        also=({"service": "night"},),
    ),
    "SlowRequests": Case(
        fires=_requests("logs_slow_requests", 6),
        silent=_requests("logs_slow_requests", 5),
        labels={"service": "backend"},
    ),
    "ErrorLogs": Case(
        fires={f"logs_error_lines{_STREAM}": "11x120"},
        silent={f"logs_error_lines{_STREAM}": "10x120"},
        labels={"service": "backend"},
    ),
    "HostCpuHigh": Case(
        fires=_processors(0.85), silent=_processors(0.75), labels={"instance": "node:9100"}, after_minutes=1
    ),
    "HostMemoryHigh": Case(
        fires=_share("node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes", _NODE, 0.19),
        silent=_share("node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes", _NODE, 0.21),
        labels={"instance": "node:9100", "job": "node"},
    ),
    "DiskAlmostFull": Case(
        fires=_share("node_filesystem_avail_bytes", "node_filesystem_size_bytes", _DISK, 0.09),
        silent={
            **_share("node_filesystem_avail_bytes", "node_filesystem_size_bytes", _DISK, 0.11),
            **_share(
                "node_filesystem_avail_bytes",
                "node_filesystem_size_bytes",
                '{instance="node:9100",mountpoint="/run",fstype="tmpfs"}',
                0.01,
            ),
        },
        labels={"instance": "node:9100", "mountpoint": "/", "fstype": "ext4"},
    ),
    "ContainerCpuHigh": Case(
        fires=_container_processors(0.85),
        silent=_container_processors(0.75),
        labels={"service": "backend"},
        after_minutes=5,
    ),
    "ContainerMemoryHigh": Case(
        fires=_share(
            "container_memory_working_set_bytes",
            "container_spec_memory_limit_bytes",
            '{service="backend",name="app-backend-1"}',
            0.81,
        ),
        silent={
            **_share(
                "container_memory_working_set_bytes",
                "container_spec_memory_limit_bytes",
                '{service="backend",name="app-backend-1"}',
                0.79,
            ),
            'container_memory_working_set_bytes{service="unlimited"}': "1000x120",
            'container_spec_memory_limit_bytes{service="unlimited"}': "0x120",
        },
        labels={"service": "backend"},
    ),
    "PostgresDown": Case(
        fires={'pg_up{service="database"}': "0x120"},
        silent={'pg_up{service="database"}': "1x120"},
        labels={"service": "database"},
    ),
    "PostgresConnectionsHigh": Case(
        fires={
            'pg_stat_activity_count{service="database",state="active"}': "41x120",
            'pg_stat_activity_count{service="database",state="idle"}': "40x120",
            'pg_settings_max_connections{service="database"}': "100x120",
        },
        silent={
            'pg_stat_activity_count{service="database",state="active"}': "40x120",
            'pg_stat_activity_count{service="database",state="idle"}': "40x120",
            'pg_settings_max_connections{service="database"}': "100x120",
        },
        labels={"service": "database"},
    ),
    "ElasticsearchRed": Case(
        fires={'elasticsearch_cluster_health_status{color="red"}': "1x120"},
        silent={
            'elasticsearch_cluster_health_status{color="red"}': "0x120",
            'elasticsearch_cluster_health_status{color="yellow"}': "1x120",
        },
        labels={"color": "red"},
    ),
    "ElasticsearchHeapHigh": Case(
        fires=_share("elasticsearch_jvm_memory_used_bytes", "elasticsearch_jvm_memory_max_bytes", _HEAP, 0.81),
        silent=_share("elasticsearch_jvm_memory_used_bytes", "elasticsearch_jvm_memory_max_bytes", _HEAP, 0.79),
        labels={"name": "one", "area": "heap"},
    ),
    "ElasticsearchHeapFull": Case(
        fires=_share("elasticsearch_jvm_memory_used_bytes", "elasticsearch_jvm_memory_max_bytes", _HEAP, 0.91),
        silent=_share("elasticsearch_jvm_memory_used_bytes", "elasticsearch_jvm_memory_max_bytes", _HEAP, 0.89),
        labels={"name": "one", "area": "heap"},
    ),
    "ElasticsearchDiskLow": Case(
        fires=_share(
            "elasticsearch_filesystem_data_available_bytes",
            "elasticsearch_filesystem_data_size_bytes",
            '{name="one"}',
            0.19,
        ),
        silent=_share(
            "elasticsearch_filesystem_data_available_bytes",
            "elasticsearch_filesystem_data_size_bytes",
            '{name="one"}',
            0.21,
        ),
        labels={"name": "one"},
    ),
    "ElasticsearchDiskFull": Case(
        fires=_share(
            "elasticsearch_filesystem_data_available_bytes",
            "elasticsearch_filesystem_data_size_bytes",
            '{name="one"}',
            0.09,
        ),
        silent=_share(
            "elasticsearch_filesystem_data_available_bytes",
            "elasticsearch_filesystem_data_size_bytes",
            '{name="one"}',
            0.11,
        ),
        labels={"name": "one"},
    ),
    "StreamSilent": Case(
        fires={f"logs_documents{_STREAM}": "20x60 0x1600"},
        # One that never had lines, one that has them, one that had few, one that wrote when it started, an hourly job.
        silent={
            'logs_documents{service="migrate",stream="logs-migrate-dev"}': "0x120",
            f"logs_documents{_STREAM}": "20x120",
            'logs_documents{service="rare",stream="logs-rare-dev"}': "3x60 0x60",
            'logs_documents{service="started",stream="logs-started-dev"}': "500x10 0x110",
            'logs_documents{service="hourly",stream="logs-hourly-dev"}': "500x10 0x49 500x10 0x49",
        },
        labels={"service": "backend", "stream": "logs-backend-dev"},
        after_minutes=61,
        still_minutes=(120, 180, 23 * 60, 60 + DAY // 60),
        over_minutes=(61 + DAY // 60 + 10,),
    ),
    "FailureStoreNotEmpty": Case(
        fires={f"logs_failure_store_documents{_STREAM}": "1x120"},
        silent={f"logs_failure_store_documents{_STREAM}": "0x120"},
        labels={"service": "backend", "stream": "logs-backend-dev"},
    ),
    "UnparsedLines": Case(
        fires={f"logs_unparsed_lines{_STREAM}": "11x120"},
        silent={f"logs_unparsed_lines{_STREAM}": "10x120"},
        labels={"service": "backend"},
    ),
    "CountQueryFails": Case(
        fires={'logs_count_query_success{query="logs_documents"}': "0x120"},
        silent={'logs_count_query_success{query="logs_documents"}': "1x120"},
        labels={"query": "logs_documents"},
    ),
    "ShipperDropsLines": Case(
        fires={'fluentbit_output_dropped_records_total{name="http.0"}': "0x10 1x110"},
        silent={'fluentbit_output_dropped_records_total{name="http.0"}': "5x120"},
        labels={"name": "http.0"},
        after_minutes=11,
    ),
    "NotificationsFail": Case(
        fires={'alertmanager_notifications_failed_total{integration="webhook"}': "0x10 1x110"},
        silent={'alertmanager_notifications_failed_total{integration="webhook"}': "5x120"},
        labels={"integration": "webhook"},
        after_minutes=11,
    ),
}
