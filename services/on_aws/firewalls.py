"""Who reaches whom: a Compose network is a segment, and a service declares the ports on which segments reach it."""

from collections.abc import Mapping

from components.firewall import CidrBlock, PrefixList
from components.network_acls import ANYWHERE
from components.storage import FileSystem
from components.workload_firewall import Opening, WorkloadFirewall, WorkloadFirewallArgs
from services.model import Application, Service
from services.on_aws.platform import Platform
from services.on_aws.published import published
from services.on_aws.reachability import has_way_out, network_ports, reachable_ports

NFS_PORT = 2049


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
                ports=reachable_ports(name, application),
                sources=_sources(platform, name, service),
                destinations=[]
                if service.x_aws.managed is not None
                else _destinations(platform, application, service, file_system),
            ),
            platform.opts,
        )
        for name, service in application.services.items()
    }


def _sources(platform: Platform, name: str, service: Service) -> list[Opening]:
    """Return the load balancer, on the ports that it publishes."""
    ports = sorted({port.port for port in published(name, service)})
    if platform.edge is None or not ports:
        return []
    return [
        Opening(slug="load-balancer", peer=platform.edge.security_group, ports=ports, description="the load balancer")
    ]


def _destinations(
    platform: Platform, application: Application, service: Service, file_system: FileSystem | None
) -> list[Opening]:
    network = platform.network
    destinations = [
        Opening(
            slug="aws", peer=network.endpoint_security_group, ports=[443], description="the endpoints of AWS services"
        ),
        Opening(slug="s3", peer=PrefixList(network.s3_prefix_list_id), ports=[443], description="S3"),
        *(
            Opening(
                slug=f"network-{name}",
                peer=segment.group,
                ports=network_ports(name, application),
                description=f"network {name}",
            )
            for name, segment in platform.segments_of(service).items()
        ),
    ]
    if has_way_out(service, application):
        destinations.append(Opening(slug="internet", peer=CidrBlock(ANYWHERE), ports=[443], description="the internet"))
    if service.named_volumes and file_system is not None:
        destinations.append(
            Opening(slug="volumes", peer=file_system.security_group, ports=[NFS_PORT], description="the file system")
        )
    return destinations
