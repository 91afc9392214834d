"""VPC endpoints: how private and isolated subnets reach AWS without the internet, and for this account alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.address_plan import AddressPlan, slug
from components.firewall import CidrBlock, Port, admit, security_group
from components.policy import Statement, policy_document

INTERFACE_SERVICES: Final[Mapping[str, str]] = {
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "logs": "logs",
    "secretsmanager": "secretsmanager",
    "ssm": "ssm",
    "kms": "kms",
    "sts": "sts",
}
"""Service of each interface endpoint -> prefix of its IAM actions."""

GATEWAY_SERVICES: Final = ("s3", "dynamodb")


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """The endpoints of a VPC by service, and the group in front of the interface endpoints."""

    security_group: aws.ec2.SecurityGroup
    interfaces: Mapping[str, aws.ec2.VpcEndpoint]
    gateways: Mapping[str, aws.ec2.VpcEndpoint]


def endpoint_policy(service: str, account: Account) -> tuple[Statement, ...]:
    """Return the policy of an endpoint: only identities of this account, and through S3 only this account's buckets.

    ECR hands out image layers as links into a bucket of its own that the ECR service signs: S3 must let that bucket
    through for everybody (Amazon ECR User Guide, "Minimum Amazon S3 Bucket Permissions for Amazon ECR").
    """
    prefix = INTERFACE_SERVICES.get(service, service)
    bounds: dict[str, pulumi.Input[str]] = {"aws:PrincipalAccount": account.account_id}
    if service in GATEWAY_SERVICES:
        bounds["aws:ResourceAccount"] = account.account_id
    own = Statement(
        sid="OwnAccount",
        principals="*",
        actions=(f"{prefix}:*",),
        resources=("*",),
        conditions={"StringEquals": bounds},
    )
    if service != "s3":
        return (own,)
    layers = pulumi.Output.concat("arn:", account.partition, f":s3:::prod-{account.region}-starport-layer-bucket/*")
    return (own, Statement(sid="ImageLayers", principals="*", actions=("s3:GetObject",), resources=(layers,)))


def declare_endpoints(
    name: str,
    *,
    vpc: aws.ec2.Vpc,
    plan: AddressPlan,
    account: Account,
    interface_subnets: Sequence[aws.ec2.Subnet],
    route_tables: Sequence[aws.ec2.RouteTable],
    opts: pulumi.ResourceOptions,
) -> Endpoints:
    """Declare gateway endpoints on `route_tables` and interface endpoints in `interface_subnets`, one a zone."""
    group = security_group(f"{name}-endpoints", vpc=vpc, description="Interface endpoints of AWS services", opts=opts)
    for cidr in plan.cidrs:
        _ = admit(
            f"{name}-endpoints-from-{slug(cidr)}",
            group=group,
            source=CidrBlock(str(cidr)),
            port=Port(443),
            description=f"HTTPS from the VPC block {cidr}",
            opts=opts,
        )
    interfaces = {
        service: aws.ec2.VpcEndpoint(
            f"{name}-{service.replace('.', '-')}",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{account.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[subnet.id for subnet in interface_subnets],
            security_group_ids=[group.id],
            policy=policy_document(endpoint_policy(service, account)),
            tags={"Name": f"{name}-{service}"},
            opts=opts,
        )
        for service in INTERFACE_SERVICES
    }
    gateways = {
        service: aws.ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{account.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in route_tables],
            policy=policy_document(endpoint_policy(service, account)),
            tags={"Name": f"{name}-{service}"},
            opts=opts,
        )
        for service in GATEWAY_SERVICES
    }
    return Endpoints(security_group=group, interfaces=interfaces, gateways=gateways)
