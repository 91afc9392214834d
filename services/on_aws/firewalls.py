"""Who reaches whom: a Compose network is a segment, and a service declares the ports on which segments reach it."""

from collections.abc import Iterable, Mapping
from typing import Final

from components.firewall import CidrBlock, Port, PrefixList
from components.network_acls import ANYWHERE
from components.storage import FileSystem
from components.workload_firewall import Opening, WorkloadFirewall, WorkloadFirewallArgs
from services.model import Application, ContainerPort, Protocol, Service
from services.on_aws.platform import Platform
from services.on_aws.published import forwarded, published
from services.on_aws.reachability import has_way_out, network_ports, reachable_ports

NFS_PORT: Final = Port(2049)
_HTTPS: Final = Port(443)


def declare_firewalls(
    platform: Platform, application: Application, file_system: FileSystem | None
) -> Mapping[str, WorkloadFirewall]:
    """Declare the security group of every service, with the rules that its networks and ports call for."""
    return {
        name: WorkloadFirewall(
            name,
            WorkloadFirewallArgs(
                vpc=platform.network.vpc,
                segments=platform.segments_of(service),
                ports=ports(reachable_ports(name, application)),
                sources=_sources(platform, name, service),
                destinations=[]
                if service.x_aws.managed is not None
                else _destinations(platform, application, service, file_system),
            ),
            platform.opts,
        )
        for name, service in application.services.items()
    }


def ports(of: Iterable[ContainerPort]) -> list[Port]:
    """Return ports of the model as ports of security groups; `rules` has refused what they do not know."""
    return [Port(port.number, "udp" if port.protocol is Protocol.UDP else "tcp") for port in of]


def _sources(platform: Platform, name: str, service: Service) -> list[Opening]:
    """Return the load balancers, on the ports that they publish and those that they ask for health."""
    openings: list[Opening] = []
    published_ports = {port.port for port in published(name, service)}
    if platform.edge is not None and published_ports:
        openings.append(
            Opening(
                slug="load-balancer",
                peer=platform.edge.security_group,
                ports=[Port(number) for number in sorted(published_ports)],
                description="the load balancer",
            )
        )
    for exposure, balancer in platform.balancers.items():
        taken = [port for port in forwarded(name, service) if port.exposure == exposure]
        asked = {ContainerPort(port.health_port) for port in taken if port.health_port is not None}
        if taken:
            openings.append(
                Opening(
                    slug=f"{exposure}-ports",
                    peer=balancer.security_group,
                    ports=ports(sorted({port.target for port in taken} | asked)),
                    description=f"the {exposure} network load balancer",
                )
            )
    return openings


def _destinations(
    platform: Platform, application: Application, service: Service, file_system: FileSystem | None
) -> list[Opening]:
    network = platform.network
    destinations = [
        Opening(
            slug="aws",
            peer=network.endpoint_security_group,
            ports=[_HTTPS],
            description="the endpoints of AWS services",
        ),
        Opening(slug="s3", peer=PrefixList(network.s3_prefix_list_id), ports=[_HTTPS], description="S3"),
        *(
            Opening(
                slug=f"network-{name}",
                peer=segment.group,
                ports=ports(network_ports(name, application)),
                description=f"network {name}",
            )
            for name, segment in platform.segments_of(service).items()
        ),
    ]
    if has_way_out(service, application):
        destinations.append(
            Opening(slug="internet", peer=CidrBlock(ANYWHERE), ports=[_HTTPS], description="the internet")
        )
    if service.named_volumes and file_system is not None:
        destinations.append(
            Opening(slug="volumes", peer=file_system.security_group, ports=[NFS_PORT], description="the file system")
        )
    return destinations
