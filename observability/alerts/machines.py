"""Hosts, containers and PostgreSQL: what runs short."""

from observability import producers
from observability.alerts.owners import CLOUDWATCH_ON_AWS, PROMETHEUS_EVERYWHERE, minutes
from observability.description import Alert, Severity

RESOURCES: tuple[Alert, ...] = (
    Alert(
        name="HostCpuHigh",
        producers=(producers.NODE,),
        condition='1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) > 0.8',
        lasting=minutes(10),
        severity=Severity.WARNING,
        summary="The processors of {{ $labels.instance }} are {{ $value | humanizePercentage }} busy",
        detail="More than 80 % for ten minutes.",
        runbook="host-resources",
        owner=CLOUDWATCH_ON_AWS,
    ),
    Alert(
        name="HostMemoryHigh",
        producers=(producers.NODE,),
        condition="1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes > 0.8",
        lasting=minutes(10),
        severity=Severity.WARNING,
        summary="The memory of {{ $labels.instance }} is {{ $value | humanizePercentage }} used",
        detail="More than 80 % for ten minutes.",
        runbook="host-resources",
        owner=CLOUDWATCH_ON_AWS,
    ),
    Alert(
        name="DiskAlmostFull",
        producers=(producers.NODE,),
        condition=(
            'node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"}'
            ' / node_filesystem_size_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"} < 0.1'
        ),
        lasting=minutes(5),
        severity=Severity.CRITICAL,
        summary="{{ $labels.mountpoint }} of {{ $labels.instance }} has {{ $value | humanizePercentage }} left",
        detail="Less than 10 % of the file system is free.",
        runbook="disk-almost-full",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="ContainerCpuHigh",
        producers=(producers.CADVISOR,),
        condition=(
            "sum by (service) (rate(container_cpu_usage_seconds_total[5m]))"
            " / sum by (service) (container_spec_cpu_quota / container_spec_cpu_period) > 0.8"
        ),
        lasting=minutes(10),
        severity=Severity.WARNING,
        summary="{{ $labels.service }} uses {{ $value | humanizePercentage }} of its processors",
        detail="More than 80 % of its limit for ten minutes.",
        runbook="container-resources",
        owner=CLOUDWATCH_ON_AWS,
    ),
    Alert(
        name="ContainerMemoryHigh",
        producers=(producers.CADVISOR,),
        condition=(
            "max by (service) (container_memory_working_set_bytes / (container_spec_memory_limit_bytes > 0)) > 0.8"
        ),
        lasting=minutes(10),
        severity=Severity.WARNING,
        summary="{{ $labels.service }} uses {{ $value | humanizePercentage }} of its memory",
        detail="More than 80 % of its limit for ten minutes: at 100 % the kernel ends it.",
        runbook="container-resources",
        owner=CLOUDWATCH_ON_AWS,
    ),
)

DATABASE: tuple[Alert, ...] = (
    Alert(
        name="PostgresDown",
        producers=(producers.POSTGRES,),
        condition="pg_up == 0",
        lasting=minutes(1),
        severity=Severity.CRITICAL,
        summary="PostgreSQL of {{ $labels.service }} takes no connections",
        detail="The exporter has failed to connect for a minute.",
        runbook="postgres-down",
        owner=PROMETHEUS_EVERYWHERE,
    ),
    Alert(
        name="PostgresConnectionsHigh",
        producers=(producers.POSTGRES,),
        condition=("sum by (service) (pg_stat_activity_count) / max by (service) (pg_settings_max_connections) > 0.8"),
        lasting=minutes(5),
        severity=Severity.WARNING,
        summary="{{ $value | humanizePercentage }} of the connections to {{ $labels.service }} are taken",
        detail="More than 80 % for five minutes: at 100 % the application gets none.",
        runbook="postgres-connections",
        owner=PROMETHEUS_EVERYWHERE,
    ),
)
