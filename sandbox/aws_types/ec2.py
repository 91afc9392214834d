"""EC2: networks and security groups."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.aws_types.base import Autoname, AwsType, Call, Context, Convert, Read, ec2_tags

_PROTOCOLS: Final[Mapping[str, str]] = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58"}
"""Protocol names that the provider accepts for network ACL rules -> IANA numbers."""


def _in_vpc(operation: str, path: str, *filters: tuple[str, str]) -> Any:
    """An output: what a describe operation finds in the VPC."""

    def lookup(context: Context) -> Any:
        wanted = [{"Name": "vpc-id", "Values": [context.id]}]
        wanted += [{"Name": name, "Values": [value]} for name, value in filters]
        listed, member = path.split(".")
        found = context.call("ec2", operation, {"Filters": wanted})[listed]
        return found[0][member] if found else None

    return lookup


def _vpc_attribute(name: str) -> Call:
    member = name[:1].upper() + name[1:]
    return Call(
        operation="ModifyVpcAttribute",
        inputs=(name,),
        params={"VpcId": "{id}"},
        read=Read(
            operation="DescribeVpcAttribute",
            params={"VpcId": "{id}", "Attribute": name},
            values={name: f"{member}.Value"},
        ),
    )


VPC: Final = AwsType(
    token="aws:ec2/vpc:Vpc",
    service="ec2",
    create=Call(operation="CreateVpc", item="Vpc"),
    id="VpcId",
    read=Read(operation="DescribeVpcs", params={"VpcIds": ["{id}"]}, item="Vpcs[0]"),
    gone=("InvalidVpcID.NotFound",),
    renames={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"},
    unread={"assignGeneratedIpv6CidrBlock": "AWS answers with the block, not with the request for one"},
    setters=(
        _vpc_attribute("enableDnsSupport"),
        _vpc_attribute("enableDnsHostnames"),
        _vpc_attribute("enableNetworkAddressUsageMetrics"),
        Call(operation="ModifyVpcTenancy", params={"VpcId": "{id}"}),
    ),
    defaults={"enableDnsSupport": True, "enableDnsHostnames": False, "enableNetworkAddressUsageMetrics": False},
    delete=(Call(operation="DeleteVpc", params={"VpcId": "{id}"}),),
    tags=ec2_tags("vpc"),
    outputs={
        "arn": "arn:aws:ec2:{region}:{account}:vpc/{id}",
        "defaultNetworkAclId": _in_vpc("DescribeNetworkAcls", "NetworkAcls.NetworkAclId", ("default", "true")),
        "defaultRouteTableId": _in_vpc("DescribeRouteTables", "RouteTables.RouteTableId", ("association.main", "true")),
        "mainRouteTableId": _in_vpc("DescribeRouteTables", "RouteTables.RouteTableId", ("association.main", "true")),
        "defaultSecurityGroupId": _in_vpc(
            "DescribeSecurityGroups", "SecurityGroups.GroupId", ("group-name", "default")
        ),
    },
    returns=("dhcpOptionsId", "ownerId", "instanceTenancy"),
)

SUBNET: Final = AwsType(
    token="aws:ec2/subnet:Subnet",
    service="ec2",
    create=Call(operation="CreateSubnet", item="Subnet"),
    id="SubnetId",
    read=Read(operation="DescribeSubnets", params={"SubnetIds": ["{id}"]}, item="Subnets[0]"),
    gone=("InvalidSubnetID.NotFound",),
    setters=(Call(operation="ModifySubnetAttribute", params={"SubnetId": "{id}"}, per_input=True),),
    defaults={"mapPublicIpOnLaunch": False, "assignIpv6AddressOnCreation": False},
    delete=(Call(operation="DeleteSubnet", params={"SubnetId": "{id}"}),),
    tags=ec2_tags("subnet"),
    outputs={"arn": "arn:aws:ec2:{region}:{account}:subnet/{id}"},
    returns=("ownerId", "availabilityZone", "availabilityZoneId"),
)

SECURITY_GROUP: Final = AwsType(
    token="aws:ec2/securityGroup:SecurityGroup",
    service="ec2",
    create=Call(operation="CreateSecurityGroup"),
    id="GroupId",
    read=Read(operation="DescribeSecurityGroups", params={"GroupIds": ["{id}"]}, item="SecurityGroups[0]"),
    gone=("InvalidGroup.NotFound",),
    renames={"name": "GroupName"},
    presets={"description": "Managed by Pulumi"},
    unsent={"revokeRulesOnDelete": "Pulumi's own: rules are resources of their own and are deleted first"},
    # The provider takes away the egress rule that AWS gives every new group.
    after_create=(
        Call(
            operation="RevokeSecurityGroupEgress",
            params={
                "GroupId": "{id}",
                "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
            },
            ignore=("InvalidPermission.NotFound",),
        ),
    ),
    delete=(Call(operation="DeleteSecurityGroup", params={"GroupId": "{id}"}),),
    autoname=Autoname(max_length=255),
    tags=ec2_tags("security-group"),
    outputs={"arn": "arn:aws:ec2:{region}:{account}:security-group/{id}", "ownerId": "{account}"},
)

NETWORK_ACL_RULE: Final = AwsType(
    token="aws:ec2/networkAclRule:NetworkAclRule",
    service="ec2",
    create=Call(operation="CreateNetworkAclEntry"),
    id="{networkAclId}:{ruleNumber}:{egress}",
    read=Read(
        operation="DescribeNetworkAcls",
        params={"NetworkAclIds": ["{networkAclId}"]},
        item="NetworkAcls[0].Entries[?RuleNumber==`{ruleNumber}` && Egress==`{egress}`] | [0]",
        shape="NetworkAcls.Entries",
    ),
    gone=("InvalidNetworkAclID.NotFound", "InvalidNetworkAclEntry.NotFound"),
    renames={
        "fromPort": "PortRange.From",
        "toPort": "PortRange.To",
        "icmpType": "IcmpTypeCode.Type",
        "icmpCode": "IcmpTypeCode.Code",
    },
    convert={"protocol": Convert(to_aws=lambda value: _PROTOCOLS.get(str(value).lower(), str(value)))},
    unread={"networkAclId": "the rule was found in it"},
    presets={"egress": False},
    unique=("networkAclId", "ruleNumber", "egress"),
    delete=(
        Call(
            operation="DeleteNetworkAclEntry",
            params={"NetworkAclId": "{networkAclId}", "RuleNumber": "{ruleNumber}", "Egress": "{egress}"},
        ),
    ),
)

ROUTE_TABLE_ASSOCIATION: Final = AwsType(
    token="aws:ec2/routeTableAssociation:RouteTableAssociation",
    service="ec2",
    create=Call(operation="AssociateRouteTable"),
    id="AssociationId",
    read=Read(
        operation="DescribeRouteTables",
        params={"Filters": [{"Name": "association.route-table-association-id", "Values": ["{id}"]}]},
        item="RouteTables[].Associations[] | [?RouteTableAssociationId=='{id}'] | [0]",
        shape="RouteTables.Associations",
    ),
    gone=("InvalidAssociationID.NotFound", "InvalidRouteTableID.NotFound"),
    unique=("subnetId", "gatewayId"),
    delete=(Call(operation="DisassociateRouteTable", params={"AssociationId": "{id}"}),),
)


def _permission(context: Context) -> list[dict[str, Any]]:
    """The one IpPermission of a rule."""
    described = {"Description": context.get("description")} if context.get("description") else {}
    permission: dict[str, Any] = {"IpProtocol": context.lookup("ipProtocol")}
    peers = (
        ("cidrIpv4", "IpRanges", "CidrIp"),
        ("cidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("prefixListId", "PrefixListIds", "PrefixListId"),
        ("referencedSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    )
    for name, listed, member in peers:
        if context.get(name) is not None:
            permission[listed] = [{member: context.get(name), **described}]
    for name, member in (("fromPort", "FromPort"), ("toPort", "ToPort")):
        if context.get(name) is not None:
            permission[member] = context.get(name)
    return [permission]


def security_group_rule(token: str, direction: str) -> AwsType:
    """The type of one rule of a group; `direction` is Ingress or Egress."""
    fields = {
        "cidrIpv4": "CidrIpv4",
        "cidrIpv6": "CidrIpv6",
        "prefixListId": "PrefixListId",
        "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
        "description": "Description",
        "fromPort": "FromPort",
        "toPort": "ToPort",
        "ipProtocol": "IpProtocol",
    }
    read = Read(
        operation="DescribeSecurityGroupRules",
        params={"SecurityGroupRuleIds": ["{id}"]},
        item="SecurityGroupRules[0]",
        values=fields,
    )
    return AwsType(
        token=token,
        service="ec2",
        create=Call(
            operation=f"AuthorizeSecurityGroup{direction}",
            triggers=tuple(fields),
            params={"IpPermissions": _permission},
            item="SecurityGroupRules[0]",
            read=read,
        ),
        id="SecurityGroupRuleId",
        read=read,
        gone=("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound", "InvalidPermission.NotFound"),
        renames={"securityGroupId": "GroupId"},
        delete=(
            Call(
                operation=f"RevokeSecurityGroup{direction}",
                params={"GroupId": "{securityGroupId}", "SecurityGroupRuleIds": ["{id}"]},
            ),
        ),
        unique=("securityGroupId", *(name for name in fields if name != "description")),
        tags=ec2_tags("security-group-rule"),
        outputs={
            "arn": "arn:aws:ec2:{region}:{account}:security-group-rule/{id}",
            "securityGroupRuleId": "{id}",
        },
    )


TYPES: Final = (
    VPC,
    SUBNET,
    SECURITY_GROUP,
    NETWORK_ACL_RULE,
    ROUTE_TABLE_ASSOCIATION,
    security_group_rule("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "Ingress"),
)
