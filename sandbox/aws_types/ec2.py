"""EC2: VPCs, their address blocks and DHCP options, subnets, endpoints and flow logs."""

from dataclasses import replace
from typing import Any, Final

from sandbox.aws_types.base import AwsType, Call, Items, Read, Wait, ec2_tags
from sandbox.aws_types.templates import Context
from sandbox.aws_types.waiting import wait_for
from sandbox.plugin import ProviderError


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

VPC_CIDR_BLOCK: Final = AwsType(
    token="aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
    service="ec2",
    create=Call(operation="AssociateVpcCidrBlock", item="CidrBlockAssociation"),
    id="AssociationId",
    read=Read(
        operation="DescribeVpcs",
        params={"VpcIds": ["{vpcId}"]},
        item="Vpcs[0].CidrBlockAssociationSet[?AssociationId=='{id}' && CidrBlockState.State=='associated'] | [0]",
        shape="Vpcs.CidrBlockAssociationSet",
    ),
    gone=("InvalidVpcID.NotFound", "InvalidVpcCidrBlockAssociationID.NotFound"),
    unique=("vpcId", "cidrBlock"),
    delete=(Call(operation="DisassociateVpcCidrBlock", params={"AssociationId": "{id}"}),),
)

_DHCP_KEYS: Final = {
    "domainName": "domain-name",
    "domainNameServers": "domain-name-servers",
    "ntpServers": "ntp-servers",
    "netbiosNameServers": "netbios-name-servers",
    "netbiosNodeType": "netbios-node-type",
    "ipv6AddressPreferredLeaseTime": "ipv6-address-preferred-lease-time",
}
_DHCP_LISTS: Final = ("domainNameServers", "ntpServers", "netbiosNameServers")


def _dhcp_configurations(context: Context) -> list[dict[str, Any]]:
    return [
        {"Key": key, "Values": context.get(name) if name in _DHCP_LISTS else [context.get(name)]}
        for name, key in _DHCP_KEYS.items()
        if context.get(name) is not None
    ]


VPC_DHCP_OPTIONS: Final = AwsType(
    token="aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
    service="ec2",
    create=Call(
        operation="CreateDhcpOptions",
        triggers=tuple(_DHCP_KEYS),
        params={"DhcpConfigurations": _dhcp_configurations},
        item="DhcpOptions",
    ),
    id="DhcpOptionsId",
    read=Read(
        operation="DescribeDhcpOptions",
        params={"DhcpOptionsIds": ["{id}"]},
        item="DhcpOptions[0]",
        values={
            name: f"DhcpConfigurations[?Key=='{key}'].Values[].Value" + ("" if name in _DHCP_LISTS else " | [0]")
            for name, key in _DHCP_KEYS.items()
        },
    ),
    gone=("InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsID.NotFound"),
    delete=(Call(operation="DeleteDhcpOptions", params={"DhcpOptionsId": "{id}"}),),
    # By CreateTags: moto overlooks the tags of the creation.
    tags=replace(ec2_tags("dhcp-options"), create=None, specification=None),
    outputs={"arn": "arn:aws:ec2:{region}:{account}:dhcp-options/{id}", "ownerId": "{account}"},
)

VPC_DHCP_OPTIONS_ASSOCIATION: Final = AwsType(
    token="aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
    service="ec2",
    create=Call(operation="AssociateDhcpOptions"),
    id="{dhcpOptionsId}-{vpcId}",
    read=Read(
        operation="DescribeVpcs",
        params={"VpcIds": ["{vpcId}"]},
        item="Vpcs[?DhcpOptionsId=='{dhcpOptionsId}'] | [0]",
        shape="Vpcs",
    ),
    gone=("InvalidVpcID.NotFound",),
    # The end of an association is the association with AWS's own options: a new one must come after it.
    unique=("vpcId",),
    delete=(Call(operation="AssociateDhcpOptions", params={"VpcId": "{vpcId}", "DhcpOptionsId": "default"}),),
)

_ENDPOINT: Final = Read(
    operation="DescribeVpcEndpoints",
    params={"VpcEndpointIds": ["{id}"]},
    item="VpcEndpoints[?State!='deleted'] | [0]",
    values={"securityGroupIds": "Groups[].GroupId", "subnetIds": "SubnetIds", "routeTableIds": "RouteTableIds"},
)


def _endpoint_list(name: str) -> Items:
    """The setter of a list of an endpoint."""
    member = f"{name[:1].upper()}{name[1:]}"
    add, remove = (
        Call(operation="ModifyVpcEndpoint", params={"VpcEndpointId": "{id}", f"{verb}{member}": ["{item}"]})
        for verb in ("Add", "Remove")
    )
    return Items(input=name, on_create=False, add=add, remove=remove, read=_ENDPOINT)


def _prefix_list(context: Context) -> Any:
    """The AWS prefix list of a gateway endpoint's service; an interface endpoint has none."""
    if context.get("vpcEndpointType") == "Interface":
        return None
    filters = [{"Name": "prefix-list-name", "Values": [context.lookup("serviceName")]}]
    found = context.call("ec2", "DescribeManagedPrefixLists", {"Filters": filters})["PrefixLists"]
    return found[0]["PrefixListId"] if found else None


def _endpoint_gone(context: Context) -> None:
    """Wait until the endpoint has let go of its interfaces or routes."""
    filters = [{"Name": "vpc-endpoint-id", "Values": [context.id]}]
    until = "length(VpcEndpoints[?State!='deleted'])==`0`"
    wait_for(context, "ec2", "DescribeVpcEndpoints", {"Filters": filters}, until)


VPC_ENDPOINT: Final = AwsType(
    token="aws:ec2/vpcEndpoint:VpcEndpoint",
    service="ec2",
    create=Call(operation="CreateVpcEndpoint", item="VpcEndpoint"),
    id="VpcEndpointId",
    read=_ENDPOINT,
    gone=("InvalidVpcEndpointId.NotFound",),
    renames={"policy": "PolicyDocument"},
    presets={"vpcEndpointType": "Gateway"},
    setters=(
        Call(operation="ModifyVpcEndpoint", inputs=("policy", "privateDnsEnabled"), params={"VpcEndpointId": "{id}"}),
        _endpoint_list("subnetIds"),
        _endpoint_list("securityGroupIds"),
        _endpoint_list("routeTableIds"),
    ),
    wait=Wait(read=_ENDPOINT, until="State=='available'", fails="State=='failed' || State=='rejected'"),
    delete=(Call(operation="DeleteVpcEndpoints", params={"VpcEndpointIds": ["{id}"]}), _endpoint_gone),
    tags=ec2_tags("vpc-endpoint"),
    outputs={
        "arn": "arn:aws:ec2:{region}:{account}:vpc-endpoint/{id}",
        "ownerId": "{account}",
        "prefixListId": _prefix_list,
    },
    returns=("state", "dnsEntries", "networkInterfaceIds"),
    read_after=True,
)

_FLOW_LOG_OF: Final = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface"}


def _observed(context: Context) -> tuple[str, Any]:
    """What the flow log is of: its input and its id."""
    for name in _FLOW_LOG_OF:
        if context.get(name) is not None:
            return name, context.get(name)
    raise ProviderError(f"{context.name}: a flow log needs one of {', '.join(_FLOW_LOG_OF)}")


def _resource_ids(context: Context) -> list[Any]:
    return [_observed(context)[1]]


def _resource_type(context: Context) -> str:
    return _FLOW_LOG_OF[_observed(context)[0]]


FLOW_LOG: Final = AwsType(
    token="aws:ec2/flowLog:FlowLog",
    service="ec2",
    create=Call(
        operation="CreateFlowLogs",
        triggers=tuple(_FLOW_LOG_OF),
        params={
            "ResourceIds": _resource_ids,
            "ResourceType": _resource_type,
        },
        item="FlowLogIds[0]",
    ),
    id="",
    read=Read(
        operation="DescribeFlowLogs",
        params={"FlowLogIds": ["{id}"]},
        item="FlowLogs[0]",
        values=dict.fromkeys(_FLOW_LOG_OF, "ResourceId"),
    ),
    gone=("InvalidFlowLogId.NotFound",),
    renames={"iamRoleArn": "DeliverLogsPermissionArn"},
    presets={"logDestinationType": "cloud-watch-logs"},
    delete=(Call(operation="DeleteFlowLogs", params={"FlowLogIds": ["{id}"]}),),
    tags=ec2_tags("vpc-flow-log"),
    outputs={"arn": "arn:aws:ec2:{region}:{account}:vpc-flow-log/{id}"},
)

TYPES: Final = (
    VPC,
    VPC_CIDR_BLOCK,
    VPC_DHCP_OPTIONS,
    VPC_DHCP_OPTIONS_ASSOCIATION,
    SUBNET,
    VPC_ENDPOINT,
    FLOW_LOG,
)
