"""What AWS refuses of an application that Compose allows. Each problem: key path, what is wrong, what to do. Pure."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from components.image_references import ImageError, check_digest_reference
from components.settings import ComponentsSettings
from services import builds
from services.model import Application, Service
from services.on_aws import architectures, baked_files
from services.on_aws.fargate import LIMITS
from services.on_aws.preparation import MOUNT_FILES, SECRETS_DIRECTORY
from services.on_aws.published import is_http, is_private, published
from services.on_aws.replacements import ManagedError, replacement
from services.on_aws.sizes import FargateError, size_of
from services.on_aws.volume_owners import owner, volume_users
from services.problems import Problem, refuse
from services.well_known import image_name

DATA_STORES: Final = frozenset(
    {"cassandra", "clickhouse-server", "cockroach", "couchdb", "elasticsearch", "influxdb", "mariadb", "mongo", "mysql"}
    | {"opensearch", "percona", "postgis", "postgres", "prometheus", "redis", "timescaledb", "valkey"}
    | {"victoria-metrics"}
)
"""Images whose data must not lie on a network file system: their locks and latencies do not survive it."""

Rule = Callable[[str, Service, Application], Iterator[Problem]]
"""Yields problems whose paths begin below the service."""


def check(
    application: Application, settings: ComponentsSettings, *, project: str, stack: str, allow_image_tags: bool = False
) -> None:
    """Refuse an application that AWS cannot run as it is described.

    Raises:
        ApplicationError: The text lists every problem.
    """
    names = _stack_name_problems({"project": project, "stack": stack})
    refuse(
        application,
        [*names, *problems(application, allow_image_tags=allow_image_tags), *_edge_problems(application, settings)],
        "AWS",
    )


def _stack_name_problems(names: Mapping[str, str]) -> Iterator[Problem]:
    """What AWS refuses of names that become parts of its own: databases, clusters and key aliases have no dots."""
    for kind, name in names.items():
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            yield Problem(
                (),
                f"the {kind}'s name {name!r} becomes part of names at AWS: write small letters and digits with single "
                "hyphens between them, a letter first",
            )


def problems(application: Application, *, allow_image_tags: bool = False) -> list[Problem]:
    """Return everything that AWS refuses, whatever the stack's settings are but for `services:allow_image_tags`."""
    rules: tuple[Rule, ...] = (
        _managed,
        _build,
        _placement,
        _files,
        _durations,
        _size,
        _secrets,
        _ports,
        _volumes,
        _tmpfs,
        _ending,
    )
    found = [
        problem.below("services", name)
        for name, service in application.services.items()
        for rule in rules
        for problem in rule(name, service, application)
    ]
    tags = () if allow_image_tags else _image_tags(application)
    return [*_taken_names(application), *found, *tags, *_shared_volumes(application)]


def _is_container(service: Service) -> bool:
    return service.x_aws.managed is None


def _managed(_: str, service: Service, application: Application) -> Iterator[Problem]:
    if not _is_container(service):
        try:
            replacement(service, application)
        except ManagedError as error:
            yield Problem(error.path, str(error))


def _image_tags(application: Application) -> Iterator[Problem]:
    for name, service in application.services.items():
        if _is_container(service) and service.build is None and service.image is not None:
            try:
                check_digest_reference(service.image)
            except ImageError as error:
                yield Problem(("services", name, "image"), str(error))


def _build(_: str, service: Service, application: Application) -> Iterator[Problem]:
    if _is_container(service) and service.build is not None:
        for problem in builds.problems(service.build, application):
            yield problem.below("build")


def _placement(_: str, service: Service, __: Application) -> Iterator[Problem]:
    if _is_container(service):
        yield from architectures.problems(service)


def _files(_: str, service: Service, application: Application) -> Iterator[Problem]:
    if _is_container(service):
        yield from baked_files.problems(service, application)


def _durations(_: str, service: Service, __: Application) -> Iterator[Problem]:
    if not _is_container(service):
        return
    check = service.healthcheck
    values: dict[str, timedelta | int] = {"stop_grace_period": service.stop_grace_period}
    if check is not None:
        values |= {
            "healthcheck.interval": check.interval,
            "healthcheck.timeout": check.timeout,
            "healthcheck.retries": check.retries,
            "healthcheck.start_period": check.start_period,
        }
    for key, value in values.items():
        number = value.total_seconds() if isinstance(value, timedelta) else value
        if problem := LIMITS[key].problem(number):
            yield Problem(tuple(key.split(".")), f"{problem} (Fargate)")
        elif number != int(number):
            yield Problem(
                tuple(key.split(".")), f"{number:g} s is no whole number of seconds, and AWS knows no other: round it"
            )


def _size(_: str, service: Service, __: Application) -> Iterator[Problem]:
    if _is_container(service):
        try:
            size_of(service)
        except FargateError as error:
            yield Problem(("x-aws", "size") if service.x_aws.size else ("deploy", "resources", "limits"), str(error))


def _secrets(_: str, service: Service, __: Application) -> Iterator[Problem]:
    for index, mount in enumerate(service.secrets if _is_container(service) else ()):
        if mount.path.rpartition("/")[0] != SECRETS_DIRECTORY:
            yield Problem(
                ("secrets", index, "target"),
                f"{mount.path!r} is not directly below {SECRETS_DIRECTORY}, where AWS puts secrets: give a file name",
            )


def _ports(name: str, service: Service, application: Application) -> Iterator[Problem]:
    for index, port in enumerate(service.ports if _is_container(service) else ()):
        if is_private(port):
            continue
        if name in application.one_shot_services:
            yield Problem(("ports", index), "a job runs to its end and cannot be published: remove the port")
        elif not is_http(port):
            yield Problem(
                ("ports", index),
                f"{port.published or port.target}/{port.protocol} is not HTTP, and the load balancer publishes "
                "HTTP only: set app_protocol to http, bind it to host_ip 127.0.0.1, or move it to expose",
            )


def _volumes(_: str, service: Service, __: Application) -> Iterator[Problem]:
    if not _is_container(service) or not service.named_volumes:
        return
    image = image_name(service.image or "")
    if image in DATA_STORES:
        yield Problem(
            ("volumes",),
            f"{image} keeps its data on {service.named_volumes[0].source!r}, which is a network file system on "
            "AWS and loses or locks it: set x-aws.managed, or run it on a host with a disk of its own",
        )
    if owner(service) is None:
        yield Problem(
            ("user",), f"{service.user!r} is no number, and the owner of a volume's files must be: write uid:gid"
        )


def _tmpfs(_: str, service: Service, __: Application) -> Iterator[Problem]:
    for index, path in enumerate(service.tmpfs if _is_container(service) else ()):
        if not path.startswith("/") or ":" in path or any(character.isspace() for character in path):
            yield Problem(
                ("tmpfs", index),
                f"{path!r} is no plain absolute path, and a task's temporary directory has no "
                "options: write the path alone",
            )


def _ending(name: str, service: Service, application: Application) -> Iterator[Problem]:
    if not _is_container(service):
        return
    if name in application.one_shot_services and service.x_aws.scaling is not None:
        yield Problem(("x-aws", "scaling"), "a job runs once and has nothing to scale: remove it")
    if (
        name not in application.one_shot_services
        and service.restart is not None
        and service.restart_policy[0] in {"no", "on-failure"}
    ):
        yield Problem(
            ("restart",),
            f"{service.restart!r}, but ECS restarts every service that ends: use unless-stopped, or let "
            "another service wait for it with service_completed_successfully",
        )
    scaling = service.x_aws.scaling
    if scaling is not None and scaling.max_replicas < service.replicas:
        yield Problem(
            ("x-aws", "scaling", "max_replicas"),
            f"{scaling.max_replicas} is less than deploy.replicas ({service.replicas}): raise it",
        )


def _taken_names(application: Application) -> Iterator[Problem]:
    if MOUNT_FILES in application.services:
        yield Problem(
            ("services", MOUNT_FILES), "the name belongs to the container that prepares volumes: choose another"
        )


def _shared_volumes(application: Application) -> Iterator[Problem]:
    for volume, names in volume_users(application).items():
        if len({owner(application.services[name]) for name in names}) > 1:
            yield Problem(
                ("volumes", volume),
                f"{', '.join(names)} run as different users, but a volume's files have one owner on "
                "AWS: give these services the same user",
            )


def _edge_problems(application: Application, settings: ComponentsSettings) -> Iterator[Problem]:
    takers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, service in application.services.items():
        for port in published(name, service):
            if settings.edge is None:
                yield Problem(
                    ("services", name, "ports"),
                    f"{port.port} is published, but the stack has no load balancer: set "
                    "components:edge.domain and components:edge.hosted_zone",
                )
            elif port.host not in (None, settings.edge.domain):
                yield Problem(
                    ("services", name, "x-aws", "route", "host"),
                    f"the certificate and the DNS record are for {settings.edge.domain!r}, not "
                    f"{port.host!r}: remove the host, and tell services apart by path",
                )
            takers[port.host or "", port.path].append(name)
    for (_, path), names in takers.items():
        if len(names) > 1:
            yield Problem(
                ("services", names[1], "x-aws", "route", "path"),
                f"{path!r} belongs to services.{names[0]}: choose another path",
            )
