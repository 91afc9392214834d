"""The services that watch, as far as they are watched themselves."""

from collections.abc import Sequence
from typing import Final

from observability import producers
from observability.description import Part, ServiceKind, Target, WatchedService

ELASTICSEARCH: Final = "elasticsearch"
"""The name under which every node is found."""

BOOTSTRAP_ELASTICSEARCH: Final = "bootstrap-elasticsearch"
BOOTSTRAP_KIBANA: Final = "bootstrap-kibana"


def _secured(name: str, port: int) -> WatchedService:
    """A program of Prometheus' family: it speaks TLS, and to who knows the password only."""
    return WatchedService(name=name, kind=ServiceKind.TOOL, port=port, tls=True, authenticated=True)


_LOGS: Final = (
    WatchedService(name="logstash", kind=ServiceKind.LOGSTASH, port=8080, tls=True, authenticated=True),
    WatchedService(name="kibana", kind=ServiceKind.KIBANA, port=5601, tls=True, health_path="/api/status"),
    WatchedService(name=producers.FLUENT_BIT, kind=ServiceKind.TOOL, port=2020, health_path="/api/v1/health"),
    WatchedService(name=BOOTSTRAP_ELASTICSEARCH, kind=ServiceKind.JOB),
    WatchedService(name=BOOTSTRAP_KIBANA, kind=ServiceKind.JOB),
)
_METRICS: Final = (
    _secured(producers.PROMETHEUS, 9090),
    _secured(producers.ALERTMANAGER, 9093),
    _secured(producers.BLACKBOX, 9115),
    _secured(producers.NODE, 9100),
    WatchedService(name=producers.GRAFANA, kind=ServiceKind.TOOL, port=3000, tls=True, health_path="/api/health"),
)
_ON_DOCKER: Final = (WatchedService(name=producers.CADVISOR, kind=ServiceKind.TOOL, port=8080),)
_BOTH: Final = (
    _secured(producers.ELASTICSEARCH, 9114),
    WatchedService(name=producers.COUNTS, kind=ServiceKind.TOOL, port=9200),
)


def own_services(
    services: Sequence[WatchedService], target: Target, parts: frozenset[Part], elasticsearch_nodes: int
) -> tuple[WatchedService, ...]:
    """Those of a stack with these parts: their lines have streams, their ports are probed, alerts hold for them."""
    nodes = tuple(
        WatchedService(name=name, kind=ServiceKind.ELASTICSEARCH, port=9200, tls=True, authenticated=True)
        for name in node_names(elasticsearch_nodes)
    )
    exporters = tuple(_secured(exporter_name(service.name), 9187) for service in services if service.login is not None)
    logs, metrics = Part.LOGS in parts, Part.METRICS in parts
    return (
        *((*nodes, *_LOGS) if logs else ()),
        *((*_METRICS, *exporters) if metrics else ()),
        *(_ON_DOCKER if metrics and target is Target.DOCKER else ()),
        *(_BOTH if logs and metrics else ()),
    )


def exporter_name(database: str) -> str:
    """The service that tells the metrics of a database."""
    return f"{database}-exporter"


def node_names(count: int) -> Sequence[str]:
    """The services that are Elasticsearch's nodes: one, or numbered ones that share its name on the network."""
    return (ELASTICSEARCH,) if count == 1 else tuple(f"{ELASTICSEARCH}-{number}" for number in range(1, count + 1))
