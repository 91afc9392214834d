"""Network load balancers: ports that are published as they are, TCP and UDP, whatever is spoken on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.address_plan import parse_cidr, slug
from components.context import Context
from components.edge import AUTONAME_LIMIT
from components.firewall import CidrBlock, Port, admit, allow_egress, security_group
from components.naming import short_name
from components.network import Network
from components.network_acls import ANYWHERE

_FIRST_RESERVED_RULE: Final = 31_000
"""Number of the first entry for a port below 1024 in a network ACL: behind those of `network_acls`."""

_FIRST_OPEN_PORT: Final = 1024
"""From here on the public tier's network ACL admits every port."""


@dataclass(frozen=True, kw_only=True)
class NetworkLoadBalancerArgs:
    """Inputs of `NetworkLoadBalancer`. `internal`: it has no public address; `client_cidrs` reach its ports."""

    context: Context
    network: Network
    internal: bool
    client_cidrs: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ListenerArgs:
    """Inputs of `NetworkLoadBalancer.listener`: clients' `number` is the targets' `target`.

    A target lives while it takes TCP connections on `health_port`.
    """

    number: int
    target: Port
    health_port: int
    target_group_members: aws.ec2.SecurityGroup


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A published port. What registers in `target_group` depends on `listener`: it must be attached first."""

    target_group: aws.lb.TargetGroup
    listener: aws.lb.Listener


class NetworkLoadBalancer(pulumi.ComponentResource):
    """A load balancer of connections over all zones, in the public subnets or, `internal`, in the private ones.

    `security_group` admits the clients on the published ports and reaches only the targets, on theirs. There are no
    access logs: AWS writes them for TLS listeners alone (Network Load Balancers User Guide, "Access logs"); the VPC's
    flow logs hold every connection.
    """

    load_balancer: aws.lb.LoadBalancer
    security_group: aws.ec2.SecurityGroup

    def __init__(self, name: str, args: NetworkLoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:network_load_balancer:NetworkLoadBalancer", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        network = args.network
        self.security_group = security_group(
            name, vpc=network.vpc, description="Clients of the ports that are published as they are", opts=self._child
        )
        subnets = network.primary_subnets["private" if args.internal else "public"]
        self.load_balancer = aws.lb.LoadBalancer(
            short_name(name, limit=AUTONAME_LIMIT),
            load_balancer_type="network",
            internal=args.internal,
            ip_address_type="ipv4",
            security_groups=[self.security_group.id],
            subnets=[subnet.id for subnet in subnets.values()],
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=args.context.protection.deletion_protection,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[] if args.internal else [network.internet]),
        )
        self.register_outputs({"dns_name": self.load_balancer.dns_name})

    def listener(self, name: str, args: ListenerArgs) -> Listener:
        """Publish a port of the tasks that carry `args.target_group_members`. Admitting it is the targets' own part."""
        published = Port(args.number, args.target.protocol)
        target_group = aws.lb.TargetGroup(
            short_name(name, limit=AUTONAME_LIMIT),
            vpc_id=self._args.network.vpc.id,
            target_type="ip",
            port=args.target.number,
            protocol=args.target.protocol.upper(),
            deregistration_delay=30,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                protocol="TCP",
                port=str(args.health_port),
                interval=15,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=2,
            ),
            tags={"Name": name},
            opts=self._child,
        )
        listener = aws.lb.Listener(
            f"{self._name}-{published.slug}",
            load_balancer_arn=self.load_balancer.arn,
            port=published.number,
            protocol=published.protocol.upper(),
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=target_group.arn)],
            opts=self._child,
        )
        self._open(published)
        for port in dict.fromkeys((args.target, Port(args.health_port))):
            _ = allow_egress(
                f"{self._name}-to-{name}-{port.slug}",
                group=self.security_group,
                destination=args.target_group_members,
                port=port,
                description=f"Connections and health checks to {name}",
                opts=self._child,
            )
        return Listener(target_group=target_group, listener=listener)

    def _open(self, port: Port) -> None:
        """Let clients in on a published port: by the security group, and by the public tier's network ACL."""
        for cidr in self._args.client_cidrs:
            _ = admit(
                f"{self._name}-{port.slug}-from-{slug(parse_cidr(cidr))}",
                group=self.security_group,
                source=CidrBlock(cidr),
                port=port,
                description=f"Port {port} from {cidr}",
                opts=self._child,
            )
        if not self._args.internal and port.number < _FIRST_OPEN_PORT:
            _ = aws.ec2.NetworkAclRule(
                f"{self._name}-{port.slug}",
                network_acl_id=self._args.network.acls["public"].id,
                rule_number=_FIRST_RESERVED_RULE + port.number,
                egress=False,
                protocol=port.protocol,
                rule_action="allow",
                cidr_block=ANYWHERE,
                from_port=port.number,
                to_port=port.number,
                opts=self._child,
            )
