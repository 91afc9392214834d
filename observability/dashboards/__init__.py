"""The dashboards: metrics in Grafana, lines in Kibana. Each answers the question in its description."""

from observability.dashboards.lines import LINES
from observability.dashboards.logging import LOGGING
from observability.dashboards.machines import MACHINES
from observability.dashboards.services import SERVICES
from observability.description import LogDashboard, MetricsDashboard

METRICS_DASHBOARDS: tuple[MetricsDashboard, ...] = SERVICES + MACHINES + LOGGING
LOG_DASHBOARDS: tuple[LogDashboard, ...] = LINES
