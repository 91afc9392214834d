"""The services of a Compose application, as far as they are watched."""

from collections.abc import Iterator

from observability.description import DescriptionError, ServiceKind, WatchedService
from services.model import Application, Protocol, Service

_KINDS = (("postgres", ServiceKind.POSTGRES), ("nginx", ServiceKind.NGINX))
"""What an image's name, or a service's own folder, tells of its kind."""
_LABELS = "observability."


def watched(application: Application) -> Iterator[WatchedService]:
    """Every service of the application.

    A service says what it is by labels: `observability.kind`, `observability.health-path`,
    `observability.metrics-path`. Without them its kind is told by its image, and by whether it is a job.

    Raises:
        DescriptionError: A label names a kind that there is not.
    """
    for name, service in application.services.items():
        kind = _kind(name, service, application)
        yield WatchedService(
            name=name,
            kind=kind,
            port=None if kind is ServiceKind.JOB else next(iter(_tcp_ports(service)), None),
            health_path=service.labels.get(f"{_LABELS}health-path", "/healthz"),
            metrics_path=service.labels.get(f"{_LABELS}metrics-path"),
        )


def _tcp_ports(service: Service) -> list[int]:
    return [port.number for port in service.declared_ports if port.protocol is Protocol.TCP]


def _kind(name: str, service: Service, application: Application) -> ServiceKind:
    told = service.labels.get(f"{_LABELS}kind")
    if told is not None:
        if told not in set(ServiceKind):
            kinds = ", ".join(ServiceKind)
            raise DescriptionError(f"service {name}: label {_LABELS}kind: {told!r} is no kind; choose one of {kinds}")
        return ServiceKind(told)
    if name in application.jobs or not _tcp_ports(service):
        return ServiceKind.JOB
    source = service.image or ""
    return next((kind for word, kind in _KINDS if word in source.rsplit("/", 1)[-1].split(":", 1)[0]), ServiceKind.HTTP)
