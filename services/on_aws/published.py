"""Published ports, and which requests of the load balancer a service gets; pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal, TypeAlias

from services.model import Application, ContainerPort, Port, Protocol, Service
from services.x_aws import Route

HTTPS_PORT: Final = 443
HTTP_PORTS: Final = frozenset({80, HTTPS_PORT})
"""Published ports that are HTTP without saying so."""

_HTTP_PROTOCOLS: Final = frozenset({"http", "https", "http2", "grpc"})
_VERSIONS: Final[Mapping[str, "HttpVersion"]] = {"http2": "HTTP2", "grpc": "GRPC"}

PRIORITIES: Final = 50_000
"""Priorities of a listener: 1 to 50000 (Elastic Load Balancing API Reference, CreateRule)."""

_BANDS: Final = 64
_BAND_WIDTH: Final = PRIORITIES // _BANDS


HttpVersion: TypeAlias = Literal["HTTP1", "HTTP2", "GRPC"]


@dataclass(frozen=True, kw_only=True, order=True)
class Published:
    """A published HTTP port: requests for `host` (the stack's domain when None) and `path` go to `port`.

    A target lives while it answers `health_path` with one of the codes of `health_codes`.
    """

    service: str
    port: int
    host: str | None
    path: str
    health_path: str
    health_codes: str
    protocol: Literal["HTTP", "HTTPS"]
    version: HttpVersion


@dataclass(frozen=True, kw_only=True, order=True)
class Forwarded:
    """A port that is published as it is: the network load balancer of `exposure` passes `number` on to `target`.

    A target lives while it takes connections on `health_port`; None when it has no TCP port that could be asked.
    """

    service: str
    exposure: Literal["public", "internal"]
    number: int
    target: ContainerPort
    health_port: int | None


def is_private(port: Port) -> bool:
    """Whether a port is for the machine itself: bound to a loopback address."""
    return port.host_ip is not None and ip_address(port.host_ip).is_loopback


def number_of(port: Port) -> int:
    """Return the port under which the outside finds a published port."""
    return port.published or port.target


def is_http(port: Port) -> bool:
    """Whether HTTP is spoken on a published port."""
    spoken = port.app_protocol in _HTTP_PROTOCOLS or (port.app_protocol is None and number_of(port) in HTTP_PORTS)
    return port.protocol is Protocol.TCP and spoken


def outside_ports(service: Service) -> list[Port]:
    """Return the ports that a service publishes outside of its machine. Managed services publish none."""
    return [] if service.x_aws.managed is not None else [port for port in service.ports if not is_private(port)]


def published(name: str, service: Service) -> list[Published]:
    """Return the ports of a service that the load balancer publishes: HTTP, unless the service is internal.

    Of ports 80 and 443 the second takes all requests: the load balancer itself sends those for port 80 there.
    """
    if service.x_aws.expose == "internal":
        return []
    ports = [port for port in outside_ports(service) if is_http(port)]
    if {number_of(port) for port in ports} == set(HTTP_PORTS):
        ports = [port for port in ports if number_of(port) == HTTPS_PORT]
    return [_published(name, service.x_aws.route, port) for port in ports]


def _published(name: str, route: Route, port: Port) -> Published:
    version: HttpVersion = _VERSIONS.get(port.app_protocol or "", "HTTP1")
    path, codes = ("/AWS.ALB/healthcheck", "0-99") if version == "GRPC" else ("/", "200-499")
    if route.health_path is not None:
        path, codes = route.health_path, "0" if version == "GRPC" else "200-299"
    speaks_tls = port.app_protocol == "https" or (port.app_protocol is None and number_of(port) == HTTPS_PORT)
    return Published(
        service=name,
        port=port.target,
        host=route.host,
        path=route.path,
        health_path=path,
        health_codes=codes,
        protocol="HTTPS" if speaks_tls else "HTTP",
        version=version,
    )


def forwarded(name: str, service: Service) -> list[Forwarded]:
    """Return the ports of a service that a network load balancer publishes: what `x-aws.expose` says."""
    exposure = service.x_aws.expose
    if exposure is None:
        return []
    asked = next((port.number for port in service.reachable_ports if port.protocol is Protocol.TCP), None)
    return [
        Forwarded(
            service=name,
            exposure=exposure,
            number=number_of(port),
            target=ContainerPort(port.target, port.protocol),
            health_port=port.target if port.protocol is Protocol.TCP else asked,
        )
        for port in outside_ports(service)
        if exposure == "internal" or not is_http(port)
    ]


def priorities(routes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return the priority of each route (host, path): longer paths come before the shorter ones that they begin with.

    A route's priority depends on itself alone, so that a new route moves no other: two rules that trade places in
    one update collide at AWS. Only routes that meet in one slot of their band are told apart by their order.
    """
    taken: dict[int, tuple[str, str]] = {}
    for host, path in sorted(set(routes)):
        literal = len(path.split("*")[0].split("?")[0])
        band = _BANDS - 1 - min(literal + ("*" not in path), _BANDS - 1)
        slot = int(hashlib.sha256(f"{host}\0{path}".encode()).hexdigest()[:8], 16) % _BAND_WIDTH
        while (priority := band * _BAND_WIDTH + slot + 1) in taken:
            slot = (slot + 1) % _BAND_WIDTH
        taken[priority] = (host, path)
    return {route: priority for priority, route in taken.items()}


def further_hosts(application: Application, domain: str) -> list[str]:
    """Return the host names beside the domain under which services publish HTTP, in rising order."""
    ports = [port for name, service in application.services.items() for port in published(name, service)]
    return sorted({port.host for port in ports if port.host is not None} - {domain})
