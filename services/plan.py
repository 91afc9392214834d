"""What would run, as a table: a row a service, in the words of a target. No Pulumi here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from services.model import Application, Port, Service
from services.on_aws.published import is_http, is_private
from services.on_aws.sizes import FargateError, size_of
from services.on_docker.values import address
from services.units import MIB

_STATE: Final = {"service_started": "", "service_healthy": " healthy", "service_completed_successfully": " done"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One service as it would run. `runs` is what it is and how often; the other fields are ready to be shown."""

    service: str
    runs: str
    image: str
    size: str
    ports: Sequence[str]
    networks: Sequence[str]
    volumes: Sequence[str]
    after: Sequence[str]


def plan(application: Application, target: str) -> list[Row]:
    """Return the rows in the order in which the services start; in the application's where that is a circle."""
    graph = {name: sorted(service.depends_on) for name, service in application.services.items()}
    try:
        order = [name for name in TopologicalSorter(graph).static_order() if name in application.services]
    except CycleError:
        order = list(application.services)
    return [_row(name, application, _COLUMNS[target]) for name in order]


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """How a target says what differs between targets."""

    runs: Callable[[str, Service, Application], str]
    size: Callable[[Service], str]
    port: Callable[[Port, Service], str]
    volumes: Callable[[Service], Sequence[str]]


def _row(name: str, application: Application, columns: _Columns) -> Row:
    service = application.services[name]
    return Row(
        service=name,
        runs=columns.runs(name, service, application),
        image=_image(service),
        size=columns.size(service),
        ports=[
            *(columns.port(port, service) for port in service.ports),
            *(
                f"{port}"
                for port in service.reachable_ports
                if port.number not in {one.target for one in service.ports}
            ),
        ],
        networks=[
            f"{network} (internal)"
            if network in application.networks and application.networks[network].internal
            else network
            for network in service.networks
        ],
        volumes=columns.volumes(service),
        after=[f"{other}{_STATE[dependency.condition]}" for other, dependency in service.depends_on.items()],
    )


def _image(service: Service) -> str:
    if service.build is not None:
        stage = f" ({service.build.target})" if service.build.target else ""
        return f"build {service.build.context}{stage}"
    repository, _, digest = (service.image or "").partition("@")
    return f"{repository}@{digest[:14]}…" if digest else repository


def _times(service: Service) -> str:
    return f" x {service.replicas}" if service.replicas != 1 else ""


def _runs_on_docker(name: str, service: Service, application: Application) -> str:
    return "job" if name in application.one_shot_services else f"container{_times(service)}"


def _runs_on_aws(name: str, service: Service, application: Application) -> str:
    if service.x_aws.managed is not None:
        # Whoever reads the table must know: a client that speaks no TLS works on Docker alone.
        return {"rds": "RDS, TLS only", "elasticache": "ElastiCache, TLS only"}[service.x_aws.managed]
    if name in application.one_shot_services:
        return "ECS task, a job"
    scaling = service.x_aws.scaling
    upper = f" to {scaling.max_replicas}" if scaling else ""
    return f"ECS service x {service.replicas}{upper}"


def _size_on_docker(service: Service) -> str:
    cpus = "" if service.cpu_limit is None else f"{service.cpu_limit:g} CPU"
    memory = "" if service.memory_limit_bytes is None else f"{service.memory_limit_bytes / MIB:g} MiB"
    return ", ".join(filter(None, (cpus, memory))) or "no limit"


def _size_on_aws(service: Service) -> str:
    if service.x_aws.managed is not None:
        return "by settings"
    try:
        size = size_of(service)
    except FargateError:
        return "none fits"
    return f"{size.cpu_units / 1024:g} vCPU, {size.memory_mib} MiB"


def _port_on_docker(port: Port, _: Service) -> str:
    published = port.published or "a free port"
    return f"{address(port)}:{published} -> {_container_port(port)}"


def _port_on_aws(port: Port, service: Service) -> str:
    if service.x_aws.managed is not None or is_private(port):
        return _container_port(port)
    if is_http(port) and service.x_aws.expose != "internal":
        route = service.x_aws.route
        return f"https {route.host or ''}{route.path} -> {_container_port(port)}"
    where = f"{service.x_aws.expose} load balancer" if service.x_aws.expose else "not published"
    return f"{where} {port.published or port.target} -> {_container_port(port)}"


def _container_port(port: Port) -> str:
    return f"{port.target}" if port.protocol == "tcp" else f"{port.target}/{port.protocol}"


def _volumes_on_docker(service: Service) -> list[str]:
    mounts = [
        *(f"{mount.source or 'anonymous'} at {mount.target}" for mount in (*service.named_volumes, *service.binds)),
        *(f"anonymous at {mount.target}" for mount in service.anonymous_volumes),
    ]
    return [*mounts, *(f"memory at {path}" for path in service.temporary_paths)]


def _volumes_on_aws(service: Service) -> list[str]:
    if service.x_aws.managed is not None:
        return []
    return [
        *(f"EFS {mount.source} at {mount.target}" for mount in service.named_volumes),
        *(f"task storage at {path}" for path in service.temporary_paths),
    ]


_COLUMNS: Final[Mapping[str, _Columns]] = {
    "docker": _Columns(runs=_runs_on_docker, size=_size_on_docker, port=_port_on_docker, volumes=_volumes_on_docker),
    "aws": _Columns(runs=_runs_on_aws, size=_size_on_aws, port=_port_on_aws, volumes=_volumes_on_aws),
}
"""Target -> how it says what differs."""
