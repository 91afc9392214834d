"""Published ports at the load balancers."""

from collections.abc import Iterable, Mapping

import pulumi

from components.edge import HealthCheck, RouteArgs
from components.naming import hyphenated
from components.network_load_balancer import ListenerArgs
from components.workload import LoadBalancing
from components.workload_firewall import WorkloadFirewall
from services.model import Application
from services.on_aws.firewalls import ports
from services.on_aws.platform import Platform
from services.on_aws.published import Forwarded, Published, forwarded, priorities, published


def declare_exposure(
    platform: Platform, application: Application, firewalls: Mapping[str, WorkloadFirewall]
) -> dict[str, list[LoadBalancing]]:
    """Declare a target group for every published port, with a rule or a listener; return them by service."""
    services = application.services.items()
    found: dict[str, list[LoadBalancing]] = {}
    for port, balancing in (
        *_routes(platform, [port for name, service in services for port in published(name, service)], firewalls),
        *_listeners(platform, [port for name, service in services for port in forwarded(name, service)], firewalls),
    ):
        found.setdefault(port.service, []).append(balancing)
    return found


def _routes(
    platform: Platform, routed: Iterable[Published], firewalls: Mapping[str, WorkloadFirewall]
) -> list[tuple[Published, LoadBalancing]]:
    """A rule of the load balancer for every HTTP port."""
    if platform.edge is None or platform.settings.edge is None:
        return []
    domain = platform.settings.edge.domain
    routed = list(routed)
    order = priorities((port.host or domain, port.path) for port in routed)
    found: list[tuple[Published, LoadBalancing]] = []
    for port in routed:
        host = port.host or domain
        route = platform.edge.route(
            f"{hyphenated(port.service)}-{port.port}",
            RouteArgs(
                target_group_members=firewalls[port.service].group,
                port=port.port,
                priority=order[host, port.path],
                hosts=[host],
                paths=[port.path],
                protocol=port.protocol,
                protocol_version=port.version,
                health_check=HealthCheck(path=port.health_path, matcher=port.health_codes),
            ),
        )
        balancing = LoadBalancing(
            target_group=route.target_group, attachment=route.rule, container=port.service, port=port.port
        )
        found.append((port, balancing))
    return found


def _listeners(
    platform: Platform, passed: Iterable[Forwarded], firewalls: Mapping[str, WorkloadFirewall]
) -> list[tuple[Forwarded, LoadBalancing]]:
    """A listener of a network load balancer for every other port."""
    found: list[tuple[Forwarded, LoadBalancing]] = []
    for port in passed:
        [target] = ports([port.target])
        listener = platform.balancers[port.exposure].listener(
            f"{hyphenated(port.service)}-{target.slug}",
            ListenerArgs(
                number=port.number,
                target=target,
                health_port=port.health_port or port.target.number,
                target_group_members=firewalls[port.service].group,
            ),
        )
        balancing = LoadBalancing(
            target_group=listener.target_group,
            attachment=listener.listener,
            container=port.service,
            port=port.target.number,
        )
        found.append((port, balancing))
    return found


def endpoints(platform: Platform, application: Application) -> dict[str, pulumi.Output[str]]:
    """Return where each service that publishes a port is found, by its first one."""
    found: dict[str, pulumi.Output[str]] = {}
    domain = platform.settings.edge.domain if platform.settings.edge is not None else ""
    for name, service in application.services.items():
        for port in published(name, service):
            found.setdefault(name, pulumi.Output.from_input(url(port, domain)))
        for port in forwarded(name, service):
            host = platform.balancers[port.exposure].load_balancer.dns_name
            found.setdefault(name, pulumi.Output.concat(f"{port.target.protocol}://", host, f":{port.number}"))
    return found


def url(port: Published, domain: str) -> str:
    """Return where the internet finds a published port: the literal beginning of its path."""
    return f"https://{port.host or domain}{port.path.split('*')[0]}"
