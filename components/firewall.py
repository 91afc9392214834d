"""Security groups and their rules. Every rule is a resource of its own: groups that admit each other can be deleted.

The AWS provider takes away the egress rule that AWS gives a new group, so that a group without rules lets nothing in
or out (provider documentation, `aws.ec2.SecurityGroup`).
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, TypedDict

import pulumi
import pulumi_aws as aws

Protocol: TypeAlias = Literal["tcp", "udp"]


@dataclass(frozen=True)
class Port:
    """One port of a transport protocol, or the range from `number` to `last`."""

    number: int
    protocol: Protocol = "tcp"
    last: int | None = None

    def __str__(self) -> str:
        """Return the port as people write it: `5432`, `53/udp`."""
        return f"{self.number}" if self.protocol == "tcp" else f"{self.number}/{self.protocol}"

    @property
    def slug(self) -> str:
        """The port as a part of names: `5432`, `53-udp`."""
        return str(self).replace("/", "-")


@dataclass(frozen=True)
class CidrBlock:
    """Addresses as the other side of a rule."""

    cidr: str


@dataclass(frozen=True)
class PrefixList:
    """An AWS prefix list (S3, DynamoDB) as the other side of a rule."""

    id: pulumi.Input[str]


Peer: TypeAlias = aws.ec2.SecurityGroup | CidrBlock | PrefixList
"""The other side of a rule."""


class _PeerInput(TypedDict, total=False):
    referenced_security_group_id: pulumi.Input[str]
    cidr_ipv4: str
    prefix_list_id: pulumi.Input[str]


def _peer(peer: Peer) -> _PeerInput:
    match peer:
        case CidrBlock(cidr):
            return {"cidr_ipv4": cidr}
        case PrefixList(prefix_list_id):
            return {"prefix_list_id": prefix_list_id}
        case group:
            return {"referenced_security_group_id": group.id}


def security_group(
    name: str, *, vpc: aws.ec2.Vpc, description: str, opts: pulumi.ResourceOptions
) -> aws.ec2.SecurityGroup:
    """Declare a security group that lets nothing in or out until rules are added."""
    return aws.ec2.SecurityGroup(name, description=description, vpc_id=vpc.id, opts=opts)


def admit(
    name: str,
    *,
    group: aws.ec2.SecurityGroup,
    source: Peer,
    port: Port,
    description: str,
    opts: pulumi.ResourceOptions,
) -> aws.vpc.SecurityGroupIngressRule:
    """Let `source` reach `group` on `port`. `name` is a contract: it must not depend on the order of rules."""
    return aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=group.id,
        ip_protocol=port.protocol,
        from_port=port.number,
        to_port=port.last or port.number,
        description=description,
        opts=opts,
        **_peer(source),
    )


def allow_egress(
    name: str,
    *,
    group: aws.ec2.SecurityGroup,
    destination: Peer,
    port: Port,
    description: str,
    opts: pulumi.ResourceOptions,
) -> aws.vpc.SecurityGroupEgressRule:
    """Let `group` reach `destination` on `port`. `name` is a contract: it must not depend on the order of rules."""
    return aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=group.id,
        ip_protocol=port.protocol,
        from_port=port.number,
        to_port=port.last or port.number,
        description=description,
        opts=opts,
        **_peer(destination),
    )


@dataclass(frozen=True, kw_only=True)
class SegmentArgs:
    """Inputs of `Segment`."""

    vpc: aws.ec2.Vpc
    description: str


class Segment(pulumi.ComponentResource):
    """An isolated network of services: a security group that is identity only and never has rules of its own.

    A member carries the group; what members may reach is decided by the groups that admit this one.
    """

    group: aws.ec2.SecurityGroup

    def __init__(self, name: str, args: SegmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:firewall:Segment", name, None, opts)
        self.group = security_group(
            name, vpc=args.vpc, description=args.description, opts=pulumi.ResourceOptions(parent=self)
        )
        self.register_outputs({"group_id": self.group.id})
