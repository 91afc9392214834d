"""The services that watch, as far as they are watched themselves."""

from observability import producers
from observability.description import ServiceKind, WatchedService

OWN_SERVICES: tuple[WatchedService, ...] = (
    WatchedService(name="elasticsearch", kind=ServiceKind.ELASTICSEARCH, port=9200, tls=True),
    WatchedService(name="logstash", kind=ServiceKind.LOGSTASH, port=8080, tls=True),
    WatchedService(name="kibana", kind=ServiceKind.KIBANA, port=5601, tls=True, health_path="/api/status"),
    WatchedService(name=producers.PROMETHEUS, kind=ServiceKind.TOOL, port=9090, health_path="/-/healthy"),
    WatchedService(name=producers.ALERTMANAGER, kind=ServiceKind.TOOL, port=9093, health_path="/-/healthy"),
    WatchedService(name=producers.GRAFANA, kind=ServiceKind.TOOL, port=3000, health_path="/api/health"),
    WatchedService(name=producers.FLUENT_BIT, kind=ServiceKind.TOOL),
    WatchedService(name=producers.COUNTS, kind=ServiceKind.TOOL),
    WatchedService(name="bootstrap-elasticsearch", kind=ServiceKind.JOB),
    WatchedService(name="bootstrap-kibana", kind=ServiceKind.JOB),
)
"""Their lines have streams, their ports are probed, and alerts hold for them as for any service."""
