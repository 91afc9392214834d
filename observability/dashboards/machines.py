"""Hosts, containers and PostgreSQL: what runs short."""

from typing import Final

from observability import producers
from observability.description import Bad, MetricsDashboard, Panel, PanelKind, Unit

_DISKS: Final = 'fstype!~"tmpfs|ramfs|overlay|squashfs"'
"""As for `DiskAlmostFull`: the others are memory, layers of images, and read-only."""

MACHINES: tuple[MetricsDashboard, ...] = (
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
                queries={
                    "{{instance}} {{mountpoint}}": f"node_filesystem_avail_bytes{{{_DISKS}}}"
                    f" / node_filesystem_size_bytes{{{_DISKS}}}"
                },
                producers=(producers.NODE,),
                thresholds=(0.1,),
                bad=Bad.BELOW,
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
)
