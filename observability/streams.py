"""Which data streams a service has: by its kind, a retention class a stream."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from observability.description import LogFormat, RetentionClass, ServiceKind, Stream, WatchedService, stream_part

APPLICATION: Final = "application"
ACCESS: Final = "access"
AUDIT: Final = "audit"

RETENTION: Mapping[str, RetentionClass] = {
    item.name: item
    for item in (
        RetentionClass(name=APPLICATION, days=30, why="Long enough to look into an error of the last release."),
        RetentionClass(
            name=ACCESS, days=14, why="Client addresses are personal data: kept only as long as abuse is looked into."
        ),
        RetentionClass(
            name=AUDIT, days=365, why="Who did what: a year, as PCI DSS 4.0 (10.5.1) and ISO 27001 audits expect."
        ),
    )
}

FAILURES_RETENTION_DAYS: Final = 30
"""How long documents stay that a mapping or a pipeline refused (the failure store)."""

UNCLASSIFIED: Final = "unclassified"
"""Dataset of lines of containers that the model does not know."""


@dataclass(frozen=True, kw_only=True)
class _Logging:
    """How a kind of service logs: its format, and the classes of its lines; the first is where lines arrive."""

    format: LogFormat
    classes: tuple[str, ...]


_LOGGING: Mapping[ServiceKind, _Logging] = {
    ServiceKind.HTTP: _Logging(format=LogFormat.JSON, classes=(APPLICATION, ACCESS, AUDIT)),
    ServiceKind.NGINX: _Logging(format=LogFormat.NGINX, classes=(APPLICATION, ACCESS)),
    ServiceKind.POSTGRES: _Logging(format=LogFormat.POSTGRESQL, classes=(APPLICATION, AUDIT)),
    ServiceKind.JOB: _Logging(format=LogFormat.JSON, classes=(APPLICATION, AUDIT)),
    ServiceKind.ELASTICSEARCH: _Logging(format=LogFormat.JSON, classes=(APPLICATION, AUDIT)),
    ServiceKind.LOGSTASH: _Logging(format=LogFormat.JSON, classes=(APPLICATION,)),
    ServiceKind.KIBANA: _Logging(format=LogFormat.JSON, classes=(APPLICATION, AUDIT)),
    ServiceKind.TOOL: _Logging(format=LogFormat.JSON, classes=(APPLICATION,)),
}


def streams(services: Sequence[WatchedService], namespace: str) -> Iterator[Stream]:
    """The streams of every service, and the one of lines that belong to none."""
    part = stream_part(namespace)
    for service in services:
        logging = _LOGGING[service.kind]
        for position, retention in enumerate(logging.classes):
            yield Stream(
                service=service.name,
                dataset=service.dataset if position == 0 else f"{service.dataset}.{retention}",
                namespace=part,
                retention=retention,
                pipeline=pipeline_name(logging.format) if position == 0 else None,
            )
    yield Stream(
        service=UNCLASSIFIED,
        dataset=UNCLASSIFIED,
        namespace=part,
        retention=APPLICATION,
        pipeline=pipeline_name(LogFormat.JSON),
    )


def pipeline_name(format: LogFormat) -> str:
    """The ingest pipeline that parses lines of a format."""
    return f"logs-{format}"
