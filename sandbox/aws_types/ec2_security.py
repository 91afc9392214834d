"""EC2: security groups and their rules."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from sandbox.aws_types.base import Autoname, AwsType, Call, Items, Read, ec2_tags
from sandbox.aws_types.templates import Context
from sandbox.plugin import Props

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


def _rule_request(context: Context) -> list[Props]:
    """The one SecurityGroupRuleUpdate of a rule."""
    names = {
        "cidrIpv4": "CidrIpv4",
        "cidrIpv6": "CidrIpv6",
        "prefixListId": "PrefixListId",
        "referencedSecurityGroupId": "ReferencedGroupId",
        "description": "Description",
        "fromPort": "FromPort",
        "toPort": "ToPort",
        "ipProtocol": "IpProtocol",
    }
    request = {member: context.get(name) for name, member in names.items() if context.get(name) is not None}
    return [{"SecurityGroupRuleId": context.id, "SecurityGroupRule": request}]


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
        setters=(
            Call(
                operation="ModifySecurityGroupRules",
                triggers=tuple(fields),
                params={"GroupId": "{securityGroupId}", "SecurityGroupRules": _rule_request},
                on_create=False,
            ),
        ),
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


_DEFAULT: Final = {"vpc-id": "{vpcId}", "group-name": "default"}
_INLINE: Final = (
    "{protocol: IpProtocol, fromPort: FromPort, toPort: ToPort, cidrBlocks: IpRanges[].CidrIp, "
    "ipv6CidrBlocks: Ipv6Ranges[].CidrIpv6, prefixListIds: PrefixListIds[].PrefixListId, "
    "securityGroups: UserIdGroupPairs[].GroupId}"
)
_DIRECTIONS: Final[Mapping[str, str]] = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}


def _inline(context: Context) -> list[Props]:
    """The IpPermissions of an inline rule."""
    rule = cast(Props, context.lookup("item"))
    lists = {
        "cidrBlocks": ("IpRanges", "CidrIp"),
        "ipv6CidrBlocks": ("Ipv6Ranges", "CidrIpv6"),
        "prefixListIds": ("PrefixListIds", "PrefixListId"),
        "securityGroups": ("UserIdGroupPairs", "GroupId"),
    }
    permission: Props = {"IpProtocol": rule["protocol"]}
    permission |= {
        listed: [{member: value} for value in rule[name]] for name, (listed, member) in lists.items() if rule.get(name)
    }
    ports = {"FromPort": rule.get("fromPort"), "ToPort": rule.get("toPort")}
    return [{**permission, **{member: port for member, port in ports.items() if port is not None}}]


def _adopt_group(context: Context) -> None:
    """Take every rule from the group, then give it the declared ones."""
    found = context.call("ec2", "DescribeSecurityGroups", {"GroupIds": [context.id]})["SecurityGroups"][0]
    for name, listed in _DIRECTIONS.items():
        direction = name.capitalize()
        if found.get(listed):
            params = {"GroupId": context.id, "IpPermissions": found[listed]}
            context.call("ec2", f"RevokeSecurityGroup{direction}", params)
        for rule in cast(list[Props], context.get(name) or []):
            bound = replace(context, extra={**context.extra, "item": rule})
            params = {"GroupId": context.id, "IpPermissions": _inline(bound)}
            context.call("ec2", f"AuthorizeSecurityGroup{direction}", params)


_DEFAULT_GROUP: Final = Read(
    operation="DescribeSecurityGroups",
    params={"GroupIds": ["{id}"]},
    item="SecurityGroups[0]",
    values={"vpcId": "VpcId", **{name: f"{listed}[].{_INLINE}" for name, listed in _DIRECTIONS.items()}},
)

DEFAULT_SECURITY_GROUP: Final = AwsType(
    token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    service="ec2",
    # Adopted, not created: AWS makes it with the VPC, and it goes with the VPC.
    create=Call(
        operation="DescribeSecurityGroups",
        triggers=("vpcId",),
        params={"Filters": [{"Name": name, "Values": [value]} for name, value in _DEFAULT.items()]},
        item="SecurityGroups[0]",
    ),
    id="GroupId",
    read=_DEFAULT_GROUP,
    gone=("InvalidGroup.NotFound",),
    setters=tuple(
        Items(
            input=name,
            on_create=False,
            add=Call(
                operation=f"AuthorizeSecurityGroup{name.capitalize()}",
                params={"GroupId": "{id}", "IpPermissions": _inline},
            ),
            remove=Call(
                operation=f"RevokeSecurityGroup{name.capitalize()}",
                params={"GroupId": "{id}", "IpPermissions": _inline},
            ),
            read=_DEFAULT_GROUP,
        )
        for name in _DIRECTIONS
    ),
    after_create=(_adopt_group,),
    unsent={"revokeRulesOnDelete": "Pulumi's own: the default group is never deleted by itself"},
    tags=replace(ec2_tags("security-group"), create=None, specification=None),
    outputs={"arn": "arn:aws:ec2:{region}:{account}:security-group/{id}", "ownerId": "{account}", "name": "GroupName"},
)

TYPES: Final = (
    SECURITY_GROUP,
    DEFAULT_SECURITY_GROUP,
    security_group_rule("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "Ingress"),
    security_group_rule("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "Egress"),
)
