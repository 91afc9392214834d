"""The security group of one workload: who reaches it on its ports, and what it reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.firewall import Peer, Port, Segment, admit, allow_egress, security_group


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The other side of a workload's connections, on its ports. `slug` names the rules, whatever their order is."""

    slug: str
    peer: Peer
    ports: Sequence[Port]
    description: str


@dataclass(frozen=True, kw_only=True)
class WorkloadFirewallArgs:
    """Inputs of `WorkloadFirewall`.

    Members of `segments` reach the workload on `ports`, `sources` on theirs; it reaches `destinations`.
    """

    vpc: aws.ec2.Vpc
    segments: Mapping[str, Segment]
    ports: Sequence[Port]
    sources: Sequence[Opening] = ()
    destinations: Sequence[Opening] = ()


class WorkloadFirewall(pulumi.ComponentResource):
    """A workload's own security group. Members of its networks reach it on its declared ports.

    `group_ids` is what its interfaces carry: the own group and the identity of each network. `rules` must exist
    before the workload starts.
    """

    group: aws.ec2.SecurityGroup
    group_ids: Sequence[pulumi.Output[str]]
    rules: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: WorkloadFirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:workload_firewall:WorkloadFirewall", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.group = security_group(name, vpc=args.vpc, description=f"Own group of {name}", opts=child)
        self.group_ids = [self.group.id, *(segment.group.id for segment in args.segments.values())]
        members = [
            Opening(
                slug=f"network-{network}", peer=segment.group, ports=args.ports, description=f"the network {network}"
            )
            for network, segment in args.segments.items()
        ]
        ingress = [
            admit(
                f"{name}-from-{source.slug}-{port.slug}",
                group=self.group,
                source=source.peer,
                port=port,
                description=f"Port {port} from {source.description}",
                opts=child,
            )
            for source in (*members, *args.sources)
            for port in source.ports
        ]
        egress = [
            allow_egress(
                f"{name}-to-{destination.slug}-{port.slug}",
                group=self.group,
                destination=destination.peer,
                port=port,
                description=f"Port {port} to {destination.description}",
                opts=child,
            )
            for destination in args.destinations
            for port in destination.ports
        ]
        self.rules = [*ingress, *egress]
        self.register_outputs({"group_id": self.group.id})
