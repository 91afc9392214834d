"""Published ports, and which requests of the load balancer a service gets; pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal

from services.model import Port, Protocol, Service

HTTP_PORTS: Final = frozenset({80, 443})
"""Published ports that are HTTP without saying so."""

PRIORITIES: Final = 50_000
"""Priorities of a listener: 1 to 50000 (Elastic Load Balancing API Reference, CreateRule)."""

_BANDS: Final = 64
_BAND_WIDTH: Final = PRIORITIES // _BANDS


@dataclass(frozen=True, kw_only=True, order=True)
class Published:
    """A published HTTP port: requests for `host` (the stack's domain when None) and `path` go to `port`."""

    service: str
    port: int
    host: str | None
    path: str
    health_path: str
    protocol: Literal["HTTP", "HTTPS"]


def is_private(port: Port) -> bool:
    """Whether a port is for the machine itself: bound to a loopback address."""
    return port.host_ip is not None and ip_address(port.host_ip).is_loopback


def is_http(port: Port) -> bool:
    """Whether HTTP is spoken on a published port."""
    return port.protocol is Protocol.TCP and (port.app_protocol is not None or port.published in HTTP_PORTS)


def published(name: str, service: Service) -> list[Published]:
    """Return the ports of a service that the load balancer publishes. Managed services publish none."""
    if service.x_aws.managed is not None:
        return []
    route = service.x_aws.route
    return [
        Published(
            service=name,
            port=port.target,
            host=route.host,
            path=route.path,
            health_path=route.health_path,
            protocol="HTTPS" if port.app_protocol == "https" else "HTTP",
        )
        for port in service.ports
        if is_http(port) and not is_private(port)
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


def url(port: Published, domain: str) -> str:
    """Return where the internet finds a published port: the literal beginning of its path."""
    return f"https://{port.host or domain}{port.path.split('*')[0]}"
