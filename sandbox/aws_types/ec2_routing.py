"""EC2: routes, and the gateways that they lead to."""

from typing import Final

from sandbox.aws_types.base import AwsType, Call, Items, Read, Wait, ec2_tags
from sandbox.aws_types.templates import Context
from sandbox.aws_types.waiting import wait_for


def _detach_gateway(context: Context) -> None:
    """Detach the gateway from wherever it is."""
    found = context.call("ec2", "DescribeInternetGateways", {"InternetGatewayIds": [context.id]})
    for attachment in found["InternetGateways"][0].get("Attachments", ()):
        ids = {"InternetGatewayId": context.id, "VpcId": attachment["VpcId"]}
        context.call("ec2", "DetachInternetGateway", ids)


_GATEWAY: Final = Read(
    operation="DescribeInternetGateways",
    params={"InternetGatewayIds": ["{id}"]},
    item="InternetGateways[0]",
    values={"vpcId": "Attachments[0].VpcId"},
)
_ATTACHMENT: Final = {"InternetGatewayId": "{id}", "VpcId": "{item}"}

INTERNET_GATEWAY: Final = AwsType(
    token="aws:ec2/internetGateway:InternetGateway",
    service="ec2",
    create=Call(operation="CreateInternetGateway", item="InternetGateway"),
    id="InternetGatewayId",
    read=_GATEWAY,
    gone=("InvalidInternetGatewayID.NotFound",),
    setters=(
        Items(
            input="vpcId",
            add=Call(operation="AttachInternetGateway", params=_ATTACHMENT),
            remove=Call(operation="DetachInternetGateway", params=_ATTACHMENT, ignore=("Gateway.NotAttached",)),
            read=_GATEWAY,
        ),
    ),
    delete=(_detach_gateway, Call(operation="DeleteInternetGateway", params={"InternetGatewayId": "{id}"})),
    tags=ec2_tags("internet-gateway"),
    outputs={"arn": "arn:aws:ec2:{region}:{account}:internet-gateway/{id}", "ownerId": "{account}"},
)

ROUTE_TABLE: Final = AwsType(
    token="aws:ec2/routeTable:RouteTable",
    service="ec2",
    create=Call(operation="CreateRouteTable", item="RouteTable"),
    id="RouteTableId",
    read=Read(operation="DescribeRouteTables", params={"RouteTableIds": ["{id}"]}, item="RouteTables[0]"),
    gone=("InvalidRouteTableID.NotFound",),
    delete=(Call(operation="DeleteRouteTable", params={"RouteTableId": "{id}"}),),
    tags=ec2_tags("route-table"),
    outputs={"arn": "arn:aws:ec2:{region}:{account}:route-table/{id}", "ownerId": "{account}"},
)

_DESTINATIONS: Final = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
_DESTINATION: Final = "".join(f"{{{name}?}}" for name in _DESTINATIONS)
"""The one that the route has."""
_KEY: Final = {
    "RouteTableId": "{routeTableId}",
    **{name[:1].upper() + name[1:]: f"{{{name}?}}" for name in _DESTINATIONS},
}
_MEMBERS: Final = " || ".join(name[:1].upper() + name[1:] for name in _DESTINATIONS)

ROUTE: Final = AwsType(
    token="aws:ec2/route:Route",
    service="ec2",
    create=Call(operation="CreateRoute"),
    id=f"{{routeTableId}}_{_DESTINATION}",
    read=Read(
        operation="DescribeRouteTables",
        params={"RouteTableIds": ["{routeTableId}"]},
        item=f"RouteTables[0].Routes[?({_MEMBERS})=='{_DESTINATION}'] | [0]",
        shape="RouteTables.Routes",
    ),
    gone=("InvalidRouteTableID.NotFound", "InvalidRoute.NotFound"),
    setters=(Call(operation="ReplaceRoute", params=_KEY, whole=True),),
    unique=("routeTableId", *_DESTINATIONS),
    delete=(Call(operation="DeleteRoute", params=_KEY),),
    outputs={"state": "State", "origin": "Origin"},
    read_after=True,
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


def _disassociate(context: Context) -> None:
    """Take the address from whatever it is bound to."""
    found = context.call("ec2", "DescribeAddresses", {"AllocationIds": [context.id]})["Addresses"]
    for association in filter(None, (address.get("AssociationId") for address in found)):
        context.call("ec2", "DisassociateAddress", {"AssociationId": association})


EIP: Final = AwsType(
    token="aws:ec2/eip:Eip",
    service="ec2",
    create=Call(operation="AllocateAddress"),
    id="AllocationId",
    read=Read(operation="DescribeAddresses", params={"AllocationIds": ["{id}"]}, item="Addresses[0]"),
    gone=("InvalidAllocationID.NotFound",),
    delete=(_disassociate, Call(operation="ReleaseAddress", params={"AllocationId": "{id}"})),
    tags=ec2_tags("elastic-ip"),
    outputs={"arn": "arn:aws:ec2:{region}:{account}:elastic-ip/{id}", "allocationId": "{id}"},
    returns=("publicIp", "domain"),
)

_NAT_GATEWAY: Final = Read(
    operation="DescribeNatGateways",
    params={"NatGatewayIds": ["{id}"]},
    item="NatGateways[?State!='deleted'] | [0]",
    renames={"AllocationId": "NatGatewayAddresses.AllocationId", "PrivateIpAddress": "NatGatewayAddresses.PrivateIp"},
)


def _nat_gateway_gone(context: Context) -> None:
    """Wait until the gateway has let go of its address and its interface."""
    until = "length(NatGateways[?State!='deleted'])==`0`"
    wait_for(context, "ec2", "DescribeNatGateways", {"NatGatewayIds": [context.id]}, until)


NAT_GATEWAY: Final = AwsType(
    token="aws:ec2/natGateway:NatGateway",
    service="ec2",
    create=Call(operation="CreateNatGateway", item="NatGateway"),
    id="NatGatewayId",
    read=_NAT_GATEWAY,
    gone=("NatGatewayNotFound",),
    presets={"connectivityType": "public"},
    wait=Wait(read=_NAT_GATEWAY, until="State=='available'", fails="State=='failed'", timeout_seconds=300),
    delete=(Call(operation="DeleteNatGateway", params={"NatGatewayId": "{id}"}), _nat_gateway_gone),
    tags=ec2_tags("natgateway"),
    outputs={
        "publicIp": "NatGatewayAddresses[0].PublicIp",
        "privateIp": "NatGatewayAddresses[0].PrivateIp",
        "networkInterfaceId": "NatGatewayAddresses[0].NetworkInterfaceId",
        "associationId": "NatGatewayAddresses[0].AssociationId",
    },
    read_after=True,
)

TYPES: Final = (INTERNET_GATEWAY, ROUTE_TABLE, ROUTE, ROUTE_TABLE_ASSOCIATION, EIP, NAT_GATEWAY)
