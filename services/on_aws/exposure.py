"""The load balancer's part of the published ports."""

from collections.abc import Mapping

from components.edge import HealthCheck, Route, RouteArgs
from components.workload_firewall import WorkloadFirewall
from services.model import Application
from services.on_aws.platform import Platform
from services.on_aws.published import Published, priorities, published


def declare_routes(
    platform: Platform, application: Application, firewalls: Mapping[str, WorkloadFirewall]
) -> dict[str, list[tuple[Published, Route]]]:
    """Declare a target group and a listener rule for every published port; return them by service."""
    ports = [port for name, service in application.services.items() for port in published(name, service)]
    if platform.edge is None or platform.settings.edge is None:
        return {}
    domain = platform.settings.edge.domain
    order = priorities((port.host or domain, port.path) for port in ports)
    routes: dict[str, list[tuple[Published, Route]]] = {}
    for port in ports:
        host = port.host or domain
        route = platform.edge.route(
            f"{port.service}-{port.port}",
            RouteArgs(
                target_group_members=firewalls[port.service].group,
                port=port.port,
                priority=order[host, port.path],
                hosts=[host],
                paths=[port.path],
                protocol=port.protocol,
                health_check=HealthCheck(path=port.health_path),
            ),
        )
        routes.setdefault(port.service, []).append((port, route))
    return routes
