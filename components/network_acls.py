"""Network ACLs: a second, stateless wall around each tier, as data.

Security groups decide who talks to whom. A tier's ACL bounds what a mistake in them could open: replies come back to
ephemeral ports (Amazon VPC User Guide, "Ephemeral ports"), so those are open wherever a connection may leave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Literal
from zlib import crc32

import pulumi
import pulumi_aws as aws

from components.address_plan import TIERS, AddressPlan, Tier, slug

ANYWHERE: Final = "0.0.0.0/0"

_FIRST_VPC_RULE = 1_000
_VPC_RULES = 30_000


@dataclass(frozen=True)
class AclRule:
    """One entry that allows. `number` orders entries and is the entry's identity in AWS (1 to 32766)."""

    name: str
    number: int
    direction: Literal["in", "out"]
    protocol: Literal["tcp", "udp", "all"]
    first_port: int
    last_port: int
    cidr: str = ANYWHERE


TIER_RULES: Mapping[Tier, tuple[AclRule, ...]] = {
    "public": (
        AclRule("http-in", 100, "in", "tcp", 80, 80),
        AclRule("https-in", 110, "in", "tcp", 443, 443),
        AclRule("ephemeral-tcp-in", 120, "in", "tcp", 1024, 65535),
        AclRule("ephemeral-udp-in", 130, "in", "udp", 1024, 65535),
        AclRule("tcp-out", 100, "out", "tcp", 0, 65535),
        AclRule("udp-out", 110, "out", "udp", 0, 65535),
    ),
    "private": (
        AclRule("ephemeral-tcp-in", 120, "in", "tcp", 1024, 65535),
        AclRule("ephemeral-udp-in", 130, "in", "udp", 1024, 65535),
        AclRule("tcp-out", 100, "out", "tcp", 0, 65535),
        AclRule("udp-out", 110, "out", "udp", 0, 65535),
    ),
    # S3 and DynamoDB gateway endpoints keep their public addresses, and an ACL cannot name a prefix list. Image layers
    # come from S3, so isolated tasks need this; the isolated route table leads nowhere else.
    "isolated": (
        AclRule("gateway-endpoints-in", 120, "in", "tcp", 1024, 65535),
        AclRule("gateway-endpoints-out", 100, "out", "tcp", 443, 443),
    ),
}
"""What each tier lets through beside traffic within the VPC."""


def vpc_rules(cidrs: Sequence[IPv4Network]) -> tuple[AclRule, ...]:
    """Return the entries that allow traffic within the VPC, both ways, for each of its CIDR blocks.

    An entry's number comes from its block, not from the block's place in the list: adding or removing a block leaves
    the others' entries alone. Blocks whose numbers would meet move on to the next free one.
    """
    numbers: dict[int, IPv4Network] = {}
    for cidr in sorted(cidrs):
        number = crc32(str(cidr).encode()) % _VPC_RULES
        while number in numbers:
            number = (number + 1) % _VPC_RULES
        numbers[number] = cidr
    return tuple(
        AclRule(f"vpc-{slug(cidr)}-{direction}", _FIRST_VPC_RULE + number, direction, "all", 0, 0, str(cidr))
        for number, cidr in numbers.items()
        for direction in ("in", "out")
    )


def declare_network_acls(
    name: str, *, vpc: aws.ec2.Vpc, plan: AddressPlan, opts: pulumi.ResourceOptions
) -> Mapping[Tier, aws.ec2.NetworkAcl]:
    """Declare one network ACL a tier and its entries, each a resource of its own."""
    acls: dict[Tier, aws.ec2.NetworkAcl] = {}
    for tier in TIERS:
        acls[tier] = aws.ec2.NetworkAcl(f"{name}-{tier}", vpc_id=vpc.id, tags={"Name": f"{name}-{tier}"}, opts=opts)
        for rule in (*TIER_RULES[tier], *vpc_rules(plan.cidrs)):
            _ = aws.ec2.NetworkAclRule(
                f"{name}-{tier}-{rule.name}",
                network_acl_id=acls[tier].id,
                rule_number=rule.number,
                egress=rule.direction == "out",
                protocol="-1" if rule.protocol == "all" else rule.protocol,
                rule_action="allow",
                cidr_block=rule.cidr,
                from_port=rule.first_port,
                to_port=rule.last_port,
                opts=opts,
            )
    return acls
