"""EC2: network ACLs, their entries, and which subnets they are for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from sandbox.aws_types.base import AwsType, Call, Convert, Items, Read, ec2_tags
from sandbox.aws_types.templates import OMIT, Context, render
from sandbox.plugin import UNKNOWN, Props, ProviderError

_GONE: Final = ("InvalidNetworkAclID.NotFound", "InvalidRouteTableID.NotFound")
"""The second is what moto says of a network ACL."""
_PROTOCOLS: Final[Mapping[str, str]] = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58"}
"""Protocol names that the provider accepts for network ACL rules -> IANA numbers."""


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
    gone=(*_GONE, "InvalidNetworkAclEntry.NotFound"),
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


_LAST_RULE: Final = 32767
"""Number of the entry that denies what no other allows; AWS's own."""
_ENTRY: Final = {
    "ruleNo": "RuleNumber",
    "action": "RuleAction",
    "protocol": "Protocol",
    "cidrBlock": "CidrBlock",
    "ipv6CidrBlock": "Ipv6CidrBlock",
    "fromPort": "PortRange.From",
    "toPort": "PortRange.To",
    "icmpType": "IcmpTypeCode.Type",
    "icmpCode": "IcmpTypeCode.Code",
}
"""Key of an inline entry -> member; `protocol` is a number, as AWS has it."""


def _of_item(key: str) -> Callable[[Context], Any]:
    def value(context: Context) -> Any:
        found = cast(Props, context.lookup("item")).get(key)
        return OMIT if found is None else found

    return value


def _entry_call(operation: str, egress: bool, keys: Iterable[str]) -> Call:
    """A call about one inline entry, sending these of its keys."""
    params: dict[str, Any] = {"NetworkAclId": "{id}", "Egress": egress}
    for key in keys:
        member, _, inner = _ENTRY[key].partition(".")
        if inner:
            params.setdefault(member, {})[inner] = _of_item(key)
        else:
            params[member] = _of_item(key)
    return Call(operation=operation, params=params)


def _adopt_acl(context: Context) -> None:
    """Take every entry but AWS's own from the ACL, then give it the declared ones."""
    found = context.call("ec2", "DescribeNetworkAcls", {"NetworkAclIds": [context.id]})["NetworkAcls"][0]
    for entry in found["Entries"]:
        if entry["RuleNumber"] < _LAST_RULE:
            key = {"NetworkAclId": context.id, "RuleNumber": entry["RuleNumber"], "Egress": entry["Egress"]}
            context.call("ec2", "DeleteNetworkAclEntry", key)
    for setter in _ENTRIES:
        for item in cast(list[Props], context.get(setter.input) or []):
            bound = replace(context, extra={**context.extra, "item": item})
            context.call("ec2", setter.add.operation, render(setter.add.params, bound))


_ACL: Final = Read(operation="DescribeNetworkAcls", params={"NetworkAclIds": ["{id}"]}, item="NetworkAcls[0]")
_DEFAULT_ACL: Final = replace(
    _ACL,
    values={
        name: f"Entries[?Egress==`{str(name == 'egress').lower()}` && RuleNumber<`{_LAST_RULE}`]."
        + "{"
        + ", ".join(f"{key}: {member}" for key, member in _ENTRY.items())
        + "}"
        for name in ("ingress", "egress")
    },
)
_ENTRIES: Final = tuple(
    Items(
        input=name,
        on_create=False,
        add=_entry_call("CreateNetworkAclEntry", name == "egress", _ENTRY),
        remove=_entry_call("DeleteNetworkAclEntry", name == "egress", ("ruleNo",)),
        read=_DEFAULT_ACL,
    )
    for name in ("ingress", "egress")
)

NETWORK_ACL: Final = AwsType(
    token="aws:ec2/networkAcl:NetworkAcl",
    service="ec2",
    create=Call(operation="CreateNetworkAcl", item="NetworkAcl"),
    id="NetworkAclId",
    read=_ACL,
    gone=_GONE,
    delete=(Call(operation="DeleteNetworkAcl", params={"NetworkAclId": "{id}"}),),
    tags=ec2_tags("network-acl"),
    outputs={"arn": "arn:aws:ec2:{region}:{account}:network-acl/{id}", "ownerId": "{account}"},
)

DEFAULT_NETWORK_ACL: Final = AwsType(
    token="aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
    service="ec2",
    # Adopted, not created: AWS makes it with the VPC, and it goes with the VPC.
    create=Call(
        operation="DescribeNetworkAcls",
        triggers=("defaultNetworkAclId",),
        params={"NetworkAclIds": ["{defaultNetworkAclId}"]},
        item="NetworkAcls[0]",
    ),
    id="NetworkAclId",
    read=_DEFAULT_ACL,
    gone=_GONE,
    setters=_ENTRIES,
    after_create=(_adopt_acl,),
    tags=replace(ec2_tags("network-acl"), create=None, specification=None),
    outputs={
        "arn": "arn:aws:ec2:{region}:{account}:network-acl/{id}",
        "ownerId": "{account}",
        "vpcId": "VpcId",
        "subnetIds": "Associations[].SubnetId",
    },
)


def _acl_of(context: Context, **filters: str) -> Props | None:
    """The network ACL that these filters find; the keys say `_` for AWS's `-`, `__` for its dot."""
    wanted = [{"Name": name.replace("__", ".").replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    found = context.call("ec2", "DescribeNetworkAcls", {"Filters": wanted})["NetworkAcls"]
    return found[0] if found else None


def _association_of_subnet(context: Context) -> Any:
    """The association that the subnet has now: AWS replaces one, it cannot make one."""
    subnet: Any = context.lookup("subnetId")
    if context.lenient or subnet is UNKNOWN:
        return UNKNOWN
    acl = _acl_of(context, association__subnet_id=subnet)
    associations = cast(list[Props], acl["Associations"] if acl else [])
    ids = [found["NetworkAclAssociationId"] for found in associations if found["SubnetId"] == subnet]
    if not ids:
        raise ProviderError(f"{context.name}: no network ACL is associated with the subnet {subnet}")
    return ids[0]


def _back_to_default(context: Context) -> None:
    """Give the subnet back to the default ACL of its VPC, unless it has another ACL by now."""
    acl = _acl_of(context, association__association_id=context.id)
    if acl is None:
        return
    default = cast(Props, _acl_of(context, vpc_id=acl["VpcId"], default="true"))
    ids = {"AssociationId": context.id, "NetworkAclId": default["NetworkAclId"]}
    context.call("ec2", "ReplaceNetworkAclAssociation", ids)


NETWORK_ACL_ASSOCIATION: Final = AwsType(
    token="aws:ec2/networkAclAssociation:NetworkAclAssociation",
    service="ec2",
    create=Call(
        operation="ReplaceNetworkAclAssociation",
        triggers=("subnetId",),
        params={"AssociationId": _association_of_subnet},
    ),
    id="NewAssociationId",
    read=Read(
        operation="DescribeNetworkAcls",
        params={"Filters": [{"Name": "association.association-id", "Values": ["{id}"]}]},
        item="NetworkAcls[].Associations[] | [?NetworkAclAssociationId=='{id}'] | [0]",
        shape="NetworkAcls.Associations",
        values={"subnetId": "SubnetId"},
    ),
    gone=(*_GONE, "InvalidAssociationID.NotFound"),
    delete=(_back_to_default,),
)

TYPES: Final = (NETWORK_ACL, NETWORK_ACL_RULE, NETWORK_ACL_ASSOCIATION, DEFAULT_NETWORK_ACL)
