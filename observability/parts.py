"""The services that watch, as far as they are watched themselves."""

from collections.abc import Sequence
from typing import Final

from observability import producers
from observability.description import Part, ProbeKind, ServiceKind, Target, WatchedService

ELASTICSEARCH: Final = "elasticsearch"
"""The name under which every node is found."""

BOOTSTRAP_ELASTICSEARCH: Final = "bootstrap-elasticsearch"
BOOTSTRAP_KIBANA: Final = "bootstrap-kibana"


def _secured(name: str, port: int, kind: ServiceKind = ServiceKind.TOOL) -> WatchedService:
    """It speaks TLS, and to who knows a password only: its 401 shows that it is up, and the probe needs no password."""
    return WatchedService(name=name, kind=kind, port=port, probe=ProbeKind.HTTPS_AUTHENTICATED)


def _asked(
    name: str, port: int, health_path: str, *, kind: ServiceKind = ServiceKind.TOOL, tls: bool = False
) -> WatchedService:
    """It says under a path whether it is well, to everybody."""
    probe = ProbeKind.HTTPS if tls else ProbeKind.HTTP
    return WatchedService(name=name, kind=kind, port=port, probe=probe, health_path=health_path)


_LOGS: Final = (
    _secured("logstash", 8080, ServiceKind.LOGSTASH),
    _asked("kibana", 5601, "/api/status", kind=ServiceKind.KIBANA, tls=True),
    _asked(producers.FLUENT_BIT, 2020, "/api/v1/health"),
    WatchedService(name=BOOTSTRAP_ELASTICSEARCH, kind=ServiceKind.JOB),
    WatchedService(name=BOOTSTRAP_KIBANA, kind=ServiceKind.JOB),
)
_METRICS: Final = (
    _secured(producers.PROMETHEUS, 9090),
    _secured(producers.ALERTMANAGER, 9093),
    _secured(producers.BLACKBOX, 9115),
    _secured(producers.NODE, 9100),
    _asked(producers.GRAFANA, 3000, "/api/health", tls=True),
)
_ON_DOCKER: Final = (_asked(producers.CADVISOR, 8080, "/healthz"),)
_BOTH: Final = (
    _secured(producers.ELASTICSEARCH, 9114),
    _asked(producers.COUNTS, 9200, "/healthz"),
)


def own_services(
    services: Sequence[WatchedService], target: Target, parts: frozenset[Part], elasticsearch_nodes: int
) -> tuple[WatchedService, ...]:
    """Those of a stack with these parts: their lines have streams, their ports are probed, alerts hold for them."""
    nodes = tuple(_secured(name, 9200, ServiceKind.ELASTICSEARCH) for name in node_names(elasticsearch_nodes))
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
