"""The services of a Compose application, as far as they are watched."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from components.bad_values import unknown
from observability.description import DatabaseLogin, DescriptionError, ProbeKind, ServiceKind, WatchedService
from services.model import Application, Port, Protocol, Service

_KINDS = (("postgres", ServiceKind.POSTGRES), ("nginx", ServiceKind.NGINX))
"""What an image's name, or a service's own folder, tells of its kind."""
HTTP_PORT: Final = 80
"""The published port that is HTTP without saying so."""

LOG_FILES: Final = "json-file"
"""The log driver whose files are read."""

PREFIX: Final = "observability."
KIND: Final = f"{PREFIX}kind"
PROBE: Final = f"{PREFIX}probe"
HEALTH_PATH: Final = f"{PREFIX}health-path"
METRICS_PATH: Final = f"{PREFIX}metrics-path"
METRICS_USER: Final = f"{PREFIX}metrics-user"
METRICS_PASSWORD: Final = f"{PREFIX}metrics-password"
METRICS_DATABASE: Final = f"{PREFIX}metrics-database"
LABELS: Final[Mapping[str, str]] = {
    KIND: "What it is: `http`, `nginx`, `postgres`, `job` or `tool`. Says the form of its lines.",
    PROBE: "How its first TCP port is probed: `http`, `https`, or `tcp`, which is a connection. When unset, HTTP where "
    "something says so: a health or metrics path, the kind `http` or `nginx` as a label, `app_protocol: http` or "
    "`https`, or the published port 80. Everything else is TCP.",
    HEALTH_PATH: "What an HTTP probe asks for, and gets 200 to 299. When unset the `health_path` of the `x-aws` route; "
    "without either `/`, where every answer below 500 is a good one.",
    METRICS_PATH: "Where Prometheus finds its metrics; it has none when unset.",
    METRICS_USER: "PostgreSQL: the user that its exporter is. It needs `pg_monitor`; without one there is no exporter.",
    METRICS_PASSWORD: "PostgreSQL: the application's secret with that user's password.",
    METRICS_DATABASE: "PostgreSQL: the database that the exporter connects to; the user's name when unset.",
}
"""Labels by which a service says what its image does not."""


class Spoken(StrEnum):
    """What a probe speaks."""

    HTTP = "http"
    HTTPS = "https"
    TCP = "tcp"


_HTTP_LABELS: Final = frozenset({HEALTH_PATH, METRICS_PATH})
_HTTP_KINDS: Final = frozenset({ServiceKind.HTTP, ServiceKind.NGINX})
"""As labels: an image's name does not say what is spoken on the port."""

_PROBES: Final[Mapping[tuple[Spoken, bool], ProbeKind]] = {
    (Spoken.HTTP, True): ProbeKind.HTTP,
    (Spoken.HTTP, False): ProbeKind.HTTP_ANSWERS,
    (Spoken.HTTPS, True): ProbeKind.HTTPS_FOREIGN,
    (Spoken.HTTPS, False): ProbeKind.HTTPS_FOREIGN_ANSWERS,
}
"""What is spoken, and whether a path is known that says how the service is."""


def watched(application: Application) -> Iterator[WatchedService]:
    """Every service of the application.

    A service says what it is by labels, whose names begin with `observability.`. Without them its kind is told by its
    image, and by whether it is a job. HTTP is asked only where something says that it is spoken: to MySQL or a broker a
    request never succeeds. Who is on no network of the application is asked for nothing: only its lines are kept.

    Raises:
        DescriptionError: A label is unknown, or its value is not allowed.
    """
    for name, service in application.services.items():
        _check_labels(name, service, application)
        kind = _kind(name, service, application)
        port = None if kind is ServiceKind.JOB else next(iter(_tcp_ports(service)), None)
        _check_probe(name, service.labels, port)
        probe, health_path = (ProbeKind.TCP, "/") if port is None else _probe(service, port)
        yield WatchedService(
            name=name,
            kind=kind,
            port=port,
            probe=probe,
            health_path=health_path,
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


def _check_probe(name: str, labels: Mapping[str, str], port: int | None) -> None:
    told, path = labels.get(PROBE), labels.get(HEALTH_PATH)
    if told is not None and told not in set(Spoken):
        raise DescriptionError(
            f"service {name}: label {PROBE}: {told!r} is no probe; choose one of {', '.join(Spoken)}"
        )
    if told is not None and port is None:
        raise DescriptionError(f"service {name}: label {PROBE}: no TCP port of it can be asked: take the label out")
    if path is not None and not path.startswith("/"):
        raise DescriptionError(f"service {name}: label {HEALTH_PATH}: {path!r} is no path: begin it with /")
    if path is not None and told == Spoken.TCP:
        raise DescriptionError(
            f"service {name}: label {HEALTH_PATH}: a connection asks for no path: take it or the label {PROBE} out"
        )


def _probe(service: Service, port: int) -> tuple[ProbeKind, str]:
    """How the port is asked, and for which path."""
    spoken = _spoken(service, port)
    if spoken is Spoken.TCP:
        return ProbeKind.TCP, "/"
    path = service.labels.get(HEALTH_PATH, service.x_aws.route.health_path)
    return _PROBES[spoken, path is not None], path or "/"


def _spoken(service: Service, port: int) -> Spoken:
    if PROBE in service.labels:
        return Spoken(service.labels[PROBE])
    declared = {_declared(item) for item in service.ports if item.target == port and item.protocol is Protocol.TCP}
    if Spoken.HTTPS in declared:
        return Spoken.HTTPS
    labelled = bool(service.labels.keys() & _HTTP_LABELS) or service.labels.get(KIND) in _HTTP_KINDS
    return Spoken.HTTP if labelled or Spoken.HTTP in declared else Spoken.TCP


def _declared(port: Port) -> Spoken:
    """What a published port says of itself: `http2` and `grpc` are more than a probe speaks."""
    if port.app_protocol is None:
        return Spoken.HTTP if (port.published or port.target) == HTTP_PORT else Spoken.TCP
    return Spoken(port.app_protocol) if port.app_protocol in set(Spoken) else Spoken.TCP


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
