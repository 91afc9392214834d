"""The services of a Compose application, as far as they are watched."""

from collections.abc import Iterator, Mapping
from typing import Final

from components.bad_values import unknown
from observability.description import DatabaseLogin, DescriptionError, ServiceKind, WatchedService
from services.model import Application, Protocol, Service

_KINDS = (("postgres", ServiceKind.POSTGRES), ("nginx", ServiceKind.NGINX))
"""What an image's name, or a service's own folder, tells of its kind."""
LOG_FILES: Final = "json-file"
"""The log driver whose files are read."""

PREFIX: Final = "observability."
KIND: Final = f"{PREFIX}kind"
HEALTH_PATH: Final = f"{PREFIX}health-path"
METRICS_PATH: Final = f"{PREFIX}metrics-path"
METRICS_USER: Final = f"{PREFIX}metrics-user"
METRICS_PASSWORD: Final = f"{PREFIX}metrics-password"
METRICS_DATABASE: Final = f"{PREFIX}metrics-database"
LABELS: Final[Mapping[str, str]] = {
    KIND: "What it is: `http`, `nginx`, `postgres`, `job` or `tool`. Says the form of its lines, and how it is probed.",
    HEALTH_PATH: "What an HTTP probe asks for; `/healthz` when unset.",
    METRICS_PATH: "Where Prometheus finds its metrics; it has none when unset.",
    METRICS_USER: "PostgreSQL: the user that its exporter is. It needs `pg_monitor`; without one there is no exporter.",
    METRICS_PASSWORD: "PostgreSQL: the application's secret with that user's password.",
    METRICS_DATABASE: "PostgreSQL: the database that the exporter connects to; the user's name when unset.",
}
"""Labels by which a service says what its image does not."""


def watched(application: Application) -> Iterator[WatchedService]:
    """Every service of the application.

    A service says what it is by labels, whose names begin with `observability.`. Without them its kind is told by its
    image, and by whether it is a job. Who is on no network of the application is asked for nothing: only its lines
    are kept.

    Raises:
        DescriptionError: A label is unknown, or its value is not allowed.
    """
    for name, service in application.services.items():
        _check_labels(name, service, application)
        kind = _kind(name, service, application)
        yield WatchedService(
            name=name,
            kind=kind,
            port=None if kind is ServiceKind.JOB else next(iter(_tcp_ports(service)), None),
            health_path=service.labels.get(HEALTH_PATH, "/healthz"),
            metrics_path=service.labels.get(METRICS_PATH) if service.networks else None,
            login=_login(service) if service.networks else None,
        )


def networks(application: Application) -> tuple[str, ...]:
    """The networks on which something of the application answers: who asks it has to be there."""
    return tuple(sorted({name for service in application.services.values() for name in service.networks}))


def unread(application: Application) -> Iterator[str]:
    """A line for each service whose lines nobody can collect: its log driver keeps them elsewhere."""
    for name, service in application.services.items():
        driver = service.logging.driver or LOG_FILES
        if driver != LOG_FILES:
            yield (
                f"services.{name}.logging.driver: {driver!r} keeps lines where Fluent Bit does not look, so "
                f"none of them is in Elasticsearch: take the key out, or choose {LOG_FILES!r}"
            )


def _check_labels(name: str, service: Service, application: Application) -> None:
    for label in sorted(service.labels):
        if label.startswith(PREFIX) and label not in LABELS:
            raise DescriptionError(f"service {name}: {unknown(label, LABELS, 'label of ours')}")
    secret = service.labels.get(METRICS_PASSWORD)
    if (secret is None) != (METRICS_USER not in service.labels):
        raise DescriptionError(
            f"service {name}: one of the labels {METRICS_USER} and {METRICS_PASSWORD} is missing: set both, or none"
        )
    if secret is not None and secret not in application.secrets:
        known = ", ".join(sorted(application.secrets)) or "none"
        raise DescriptionError(
            f"service {name}: label {METRICS_PASSWORD}: {secret!r} is no secret of the application; known: {known}"
        )


def _login(service: Service) -> DatabaseLogin | None:
    if METRICS_USER not in service.labels:
        return None
    user = service.labels[METRICS_USER]
    return DatabaseLogin(
        user=user, password=service.labels[METRICS_PASSWORD], database=service.labels.get(METRICS_DATABASE, user)
    )


def _tcp_ports(service: Service) -> list[int]:
    """Ports on which others reach it."""
    if not service.networks:
        return []
    return [port.number for port in service.reachable_ports if port.protocol is Protocol.TCP]


def _kind(name: str, service: Service, application: Application) -> ServiceKind:
    told = service.labels.get(KIND)
    if told is not None:
        if told not in set(ServiceKind):
            kinds = ", ".join(ServiceKind)
            raise DescriptionError(f"service {name}: label {KIND}: {told!r} is no kind; choose one of {kinds}")
        return ServiceKind(told)
    if name in application.one_shot_services or not _tcp_ports(service):
        return ServiceKind.JOB
    source = service.image or ""
    return next((kind for word, kind in _KINDS if word in source.rsplit("/", 1)[-1].split(":", 1)[0]), ServiceKind.HTTP)
