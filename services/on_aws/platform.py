"""What every service of a stack stands on: account, keys, network, cluster, load balancer, a segment a network."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cluster import Cluster, ClusterArgs
from components.context import Context
from components.edge import Edge, EdgeArgs
from components.firewall import Segment, SegmentArgs
from components.network import Network, NetworkArgs
from components.network_acls import ANYWHERE
from components.network_load_balancer import NetworkLoadBalancer, NetworkLoadBalancerArgs
from components.settings import ComponentsSettings
from components.tagging import Tagging
from services.model import Application, Service
from services.on_aws.published import forwarded, further_hosts


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The ground of a stack's services. `balancers` are by exposure; `opts` carries the stack's provider."""

    settings: ComponentsSettings
    context: Context
    network: Network
    cluster: Cluster
    edge: Edge | None
    balancers: Mapping[str, NetworkLoadBalancer]
    segments: Mapping[str, Segment]
    opts: pulumi.ResourceOptions

    def segments_of(self, service: Service) -> Mapping[str, Segment]:
        """Return the segments of the networks that a service is on."""
        return {name: self.segments[name] for name in sorted(service.networks)}


def declare_platform(
    settings: ComponentsSettings, region: str, profile: str | None, application: Application
) -> Platform:
    """Declare everything that the services of an application share."""
    project, stack = pulumi.get_project(), pulumi.get_stack()
    tagging = Tagging(project=project, stack=stack, settings=settings.tags)
    opts = pulumi.ResourceOptions(provider=tagging.provider(region, profile=profile))
    context = Context.create(
        project=project, stack=stack, region=region, settings=settings, tags=tagging.tags, opts=opts
    )
    namespace_domain = f"{stack}.{project}.internal"
    network = Network(
        "network",
        NetworkArgs(context=context, settings=settings.network, namespace_domain=namespace_domain),
        opts,
    )
    return Platform(
        settings=settings,
        context=context,
        network=network,
        cluster=Cluster(
            "cluster", ClusterArgs(context=context, vpc=network.vpc, namespace_domain=namespace_domain), opts
        ),
        edge=None
        if settings.edge is None
        else Edge(
            "edge",
            EdgeArgs(
                context=context,
                settings=settings.edge,
                network=network,
                hosts=further_hosts(application, settings.edge.domain),
            ),
            opts,
        ),
        balancers=_balancers(settings, context, network, application, opts),
        segments={name: _segment(name, network.vpc, opts) for name in sorted(application.networks)},
        opts=opts,
    )


def _balancers(
    settings: ComponentsSettings,
    context: Context,
    network: Network,
    application: Application,
    opts: pulumi.ResourceOptions,
) -> dict[str, NetworkLoadBalancer]:
    """Declare a network load balancer for each exposure that some service asks for."""
    exposures = {port.exposure for name, item in application.services.items() for port in forwarded(name, item)}
    outside = [ANYWHERE] if settings.edge is None else settings.edge.ingress_cidrs
    inside = (settings.network.cidr, *settings.network.secondary_cidrs)
    return {
        exposure: NetworkLoadBalancer(
            f"{exposure}-ports",
            NetworkLoadBalancerArgs(
                context=context,
                network=network,
                internal=exposure == "internal",
                client_cidrs=inside if exposure == "internal" else outside,
            ),
            opts,
        )
        for exposure in sorted(exposures)
    }


def _segment(name: str, vpc: aws.ec2.Vpc, opts: pulumi.ResourceOptions) -> Segment:
    return Segment(f"network-{name}", SegmentArgs(vpc=vpc, description=f"Members of the network {name}"), opts)
