"""What moto lacks of networks and file systems, added to moto's own classes in the cloud's process.

EC2: every security group rule has its description; an endpoint's private DNS and its routes
follow ModifyVpcEndpoint; a deleted NAT gateway lets go of its address.
EFS: UpdateFileSystem and DeleteFileSystemPolicy.
"""

# moto is untyped where it matters here: its response and backend classes take and give plain objects.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
from collections.abc import Callable
from inspect import signature
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses import EC2Response
from moto.efs.exceptions import FileSystemNotFound
from moto.efs.responses import EFSResponse

_JSON = {"Content-Type": "application/json"}


def add_endpoint_changes() -> None:
    """ModifyVpcEndpoint sets private DNS, and gives route tables their routes to the endpoint."""
    modify: Callable[[Any], Any] = EC2Response.modify_vpc_endpoint

    def modify_vpc_endpoint(self: Any) -> Any:
        answer = modify(self)
        endpoint_id = self._get_param("VpcEndpointId")
        (endpoint,) = self.ec2_backend.describe_vpc_endpoints(vpc_end_point_ids=[endpoint_id])
        private_dns = self._get_param("PrivateDnsEnabled")
        if private_dns is not None:
            endpoint.private_dns_enabled = str(private_dns).lower() == "true"
        prefix_list = endpoint.destination_prefix_list_id
        if prefix_list:
            for table in self._get_param("AddRouteTableIds", []):
                self.ec2_backend.create_route(
                    table, None, gateway_id=endpoint_id, destination_prefix_list_id=prefix_list
                )
            for table in self._get_param("RemoveRouteTableIds", []):
                self.ec2_backend.delete_route(table, None, destination_prefix_list_id=prefix_list)
        return answer

    EC2Response.modify_vpc_endpoint = modify_vpc_endpoint


def add_nat_gateway_release() -> None:
    """DeleteNatGateway frees the gateway's address."""
    delete: Callable[[Any, str], Any] = EC2Backend.delete_nat_gateway

    def delete_nat_gateway(self: Any, nat_gateway_id: str) -> Any:
        gateway = delete(self, nat_gateway_id)
        for address in gateway.address_set:
            if address.get("associationId"):
                self.disassociate_address(association_id=address["associationId"])
        return gateway

    EC2Backend.delete_nat_gateway = delete_nat_gateway


def add_file_system_changes() -> None:
    """UpdateFileSystem and DeleteFileSystemPolicy of EFS."""

    def file_system(self: Any) -> Any:
        identity = self._get_param("FileSystemId")
        if identity not in self.efs_backend.file_systems_by_id:
            raise FileSystemNotFound(identity)
        return self.efs_backend.file_systems_by_id[identity]

    def update_file_system(self: Any) -> Any:
        found = file_system(self)
        found.throughput_mode = self._get_param("ThroughputMode") or found.throughput_mode
        if found.throughput_mode == "provisioned":
            asked = self._get_param("ProvisionedThroughputInMibps")
            found.provisioned_throughput_in_mibps = asked or found.provisioned_throughput_in_mibps
        else:
            found.provisioned_throughput_in_mibps = None
        return 202, _JSON, json.dumps(found.info_json())

    def delete_file_system_policy(self: Any) -> Any:
        file_system(self).file_system_policy = None
        return "{}", _JSON

    for handler in (update_file_system, delete_file_system_policy):
        setattr(EFSResponse, handler.__name__, handler)


def add_rule_descriptions() -> None:
    """A security group rule shows its description whatever it admits, not only where that is a CIDR block."""
    initialise: Callable[..., None] = SecurityGroupRule.__init__
    parameters = signature(initialise)

    def initialised(*args: Any, **kwargs: Any) -> None:
        initialise(*args, **kwargs)
        given = parameters.bind(*args, **kwargs).arguments
        admitted: dict[str, str] = {**(given.get("source_group") or {}), **(given.get("prefix_list_id") or {})}
        given["self"].declared = admitted.get("Description")

    SecurityGroupRule.__init__ = initialised
    SecurityGroupRule.description = property(  # pyright: ignore[reportAttributeAccessIssue]
        lambda self: self.ip_range.get("Description") or self.declared
    )


def add_network() -> None:
    """Adds everything of this module; once, before the server starts."""
    add_rule_descriptions()
    add_endpoint_changes()
    add_nat_gateway_release()
    add_file_system_changes()
