"""The VPC of a stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Role, RoleArgs, deliver_flow_logs
from components.address_plan import TIERS, PlannedSubnet, Tier, ZoneLetter, slug
from components.context import Context
from components.logs import log_group
from components.network_acls import ANYWHERE, declare_network_acls
from components.network_endpoints import Endpoints, declare_endpoints
from components.settings import NetworkSettings

RESOLVER = "AmazonProvidedDNS"
"""The VPC's own DNS resolver, as DHCP options name it."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Inputs of `Network`. `namespace_domain` is the private DNS namespace's name: hosts search it for short names."""

    context: Context
    settings: NetworkSettings
    namespace_domain: str


class Network(pulumi.ComponentResource):
    """A VPC of three tiers over the settings' zones: public, private, isolated.

    Isolated subnets have no route out. Names carry tier and zone, never an index: adding a zone or a secondary CIDR
    block leaves every other subnet where it is. `subnets["private"]` holds the secondary blocks' subnets, too;
    `primary_subnets` is one subnet a zone.

    What faces the internet depends on `internet`. A task depends on `paths`: the routes and endpoints by which it gets
    its image, secrets and logs; it would fail before they exist, and could not log its end after they are gone.
    """

    vpc: aws.ec2.Vpc
    zones: tuple[ZoneLetter, ...]
    subnets: Mapping[Tier, Sequence[aws.ec2.Subnet]]
    primary_subnets: Mapping[Tier, Mapping[ZoneLetter, aws.ec2.Subnet]]
    acls: Mapping[Tier, aws.ec2.NetworkAcl]
    endpoints: Endpoints
    endpoint_security_group: aws.ec2.SecurityGroup
    s3_prefix_list_id: pulumi.Output[str]
    internet: aws.ec2.Route
    paths: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:network:Network", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._plan = args.settings.plan
        self.zones = args.settings.zones
        self.vpc, associations = self._declare_vpc()
        self._declare_dhcp_options()
        self._close_defaults()
        by_name = self._declare_subnets(associations)
        planned = self._plan.subnets
        self.subnets = {tier: [by_name[p.name] for p in planned if p.tier == tier] for tier in TIERS}
        self.primary_subnets = {
            tier: {p.zone: by_name[p.name] for p in planned if p.tier == tier and p.is_primary} for tier in TIERS
        }
        inner_tables, inner_routes = self._declare_routes(by_name)
        self.endpoints = declare_endpoints(
            name,
            vpc=self.vpc,
            plan=self._plan,
            account=args.context.account,
            interface_subnets=list(self.primary_subnets["private"].values()),
            route_tables=inner_tables,
            opts=self._child,
        )
        self.endpoint_security_group = self.endpoints.security_group
        self.s3_prefix_list_id = self.endpoints.gateways["s3"].prefix_list_id
        self.paths = [*self.endpoints.interfaces.values(), *self.endpoints.gateways.values(), *inner_routes]
        self._declare_flow_logs()
        self.register_outputs(
            {"vpc_id": self.vpc.id, **{f"{t}_subnet_ids": [s.id for s in self.subnets[t]] for t in TIERS}}
        )

    def _tag(self, suffix: str) -> dict[str, str]:
        return {"Name": f"{self._name}-{suffix}"}

    def _declare_vpc(self) -> tuple[aws.ec2.Vpc, Mapping[str, aws.ec2.VpcIpv4CidrBlockAssociation]]:
        vpc = aws.ec2.Vpc(
            self._name,
            cidr_block=str(self._plan.cidr),
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": self._name},
            opts=self._child,
        )
        associations = {
            str(cidr): aws.ec2.VpcIpv4CidrBlockAssociation(
                f"{self._name}-{slug(cidr)}", vpc_id=vpc.id, cidr_block=str(cidr), opts=self._child
            )
            for cidr in self._plan.secondary_cidrs
        }
        return vpc, associations

    def _declare_dhcp_options(self) -> None:
        options = aws.ec2.VpcDhcpOptions(
            self._name,
            domain_name=self._args.namespace_domain,
            domain_name_servers=[RESOLVER],
            tags={"Name": self._name},
            opts=self._child,
        )
        _ = aws.ec2.VpcDhcpOptionsAssociation(
            self._name, vpc_id=self.vpc.id, dhcp_options_id=options.id, opts=self._child
        )

    def _close_defaults(self) -> None:
        """Take every rule from the group and ACL that AWS makes with a VPC: whoever lands in them reaches nothing."""
        _ = aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default",
            vpc_id=self.vpc.id,
            ingress=[],
            egress=[],
            tags=self._tag("default-closed"),
            opts=self._child,
        )
        _ = aws.ec2.DefaultNetworkAcl(
            f"{self._name}-default",
            default_network_acl_id=self.vpc.default_network_acl_id,
            ingress=[],
            egress=[],
            tags=self._tag("default-closed"),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["subnetIds"]),
        )

    def _declare_subnets(
        self, associations: Mapping[str, aws.ec2.VpcIpv4CidrBlockAssociation]
    ) -> Mapping[str, aws.ec2.Subnet]:
        self.acls = declare_network_acls(self._name, vpc=self.vpc, plan=self._plan, opts=self._child)
        subnets: dict[str, aws.ec2.Subnet] = {}
        for planned in self._plan.subnets:
            subnet = aws.ec2.Subnet(
                f"{self._name}-{planned.name}",
                vpc_id=self._vpc_id(planned, associations),
                availability_zone=f"{self._args.context.region}{planned.zone}",
                cidr_block=str(planned.cidr),
                map_public_ip_on_launch=False,
                tags={**self._tag(planned.name), "Tier": planned.tier},
                opts=self._child,
            )
            _ = aws.ec2.NetworkAclAssociation(
                f"{self._name}-{planned.name}",
                network_acl_id=self.acls[planned.tier].id,
                subnet_id=subnet.id,
                opts=self._child,
            )
            subnets[planned.name] = subnet
        return subnets

    def _vpc_id(
        self, planned: PlannedSubnet, associations: Mapping[str, aws.ec2.VpcIpv4CidrBlockAssociation]
    ) -> pulumi.Output[str]:
        """Return the VPC's id, for a secondary subnet by way of its block's association: it must come first."""
        for cidr, association in associations.items():
            if not planned.is_primary and str(planned.cidr.supernet(new_prefix=int(cidr.split("/")[1]))) == cidr:
                return association.vpc_id
        return self.vpc.id

    def _declare_routes(
        self, subnets: Mapping[str, aws.ec2.Subnet]
    ) -> tuple[list[aws.ec2.RouteTable], list[pulumi.Resource]]:
        """Declare a public table, a private one a zone and one isolated.

        Return the tables without a way in, and what routes their subnets: associations and ways out.
        """
        gateway = aws.ec2.InternetGateway(self._name, vpc_id=self.vpc.id, tags={"Name": self._name}, opts=self._child)
        public = self._route_table("public")
        self.internet = aws.ec2.Route(
            f"{self._name}-public-internet",
            route_table_id=public.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self._child,
        )
        isolated = self._route_table("isolated")
        private: dict[ZoneLetter, aws.ec2.RouteTable] = {
            zone: self._route_table(f"private-{zone}") for zone in self.zones
        }
        routes: list[pulumi.Resource] = []
        nat_gateways = self._declare_nat_gateways(self.internet)
        for zone, table in private.items():
            nat_gateway = nat_gateways.get(zone) or nat_gateways.get(self.zones[0])
            if nat_gateway is not None:
                to_nat = aws.ec2.Route(
                    f"{self._name}-private-{zone}-nat",
                    route_table_id=table.id,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=nat_gateway.id,
                    opts=self._child,
                )
                routes.append(to_nat)
        for planned in self._plan.subnets:
            table = {"public": public, "private": private[planned.zone], "isolated": isolated}[planned.tier]
            association = aws.ec2.RouteTableAssociation(
                f"{self._name}-{planned.name}",
                route_table_id=table.id,
                subnet_id=subnets[planned.name].id,
                opts=self._child,
            )
            if planned.tier != "public":
                routes.append(association)
        return [*private.values(), isolated], routes

    def _route_table(self, suffix: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            f"{self._name}-{suffix}", vpc_id=self.vpc.id, tags=self._tag(suffix), opts=self._child
        )

    def _declare_nat_gateways(self, to_internet: aws.ec2.Route) -> Mapping[ZoneLetter, aws.ec2.NatGateway]:
        zones = {"none": (), "single": self.zones[:1], "per_az": self.zones}[self._args.settings.nat]
        gateways: dict[ZoneLetter, aws.ec2.NatGateway] = {}
        for zone in zones:
            address = aws.ec2.Eip(
                f"{self._name}-nat-{zone}",
                domain="vpc",
                tags=self._tag(f"nat-{zone}"),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[to_internet]),
            )
            gateways[zone] = aws.ec2.NatGateway(
                f"{self._name}-{zone}",
                allocation_id=address.allocation_id,
                subnet_id=self.primary_subnets["public"][zone].id,
                tags=self._tag(f"nat-{zone}"),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[to_internet]),
            )
        return gateways

    def _declare_flow_logs(self) -> None:
        context = self._args.context
        group = log_group(
            f"{self._name}-flow-logs",
            context,
            retention_days=self._args.settings.flow_log_retention_days,
            opts=self._child,
        )
        role = Role(
            f"{self._name}-flow-logs",
            RoleArgs(
                context=context,
                service="vpc-flow-logs.amazonaws.com",
                description="Delivers VPC flow logs to their log group",
                permissions=deliver_flow_logs(group, context.account),
                trust_conditions={"ArnLike": {"aws:SourceArn": context.account.arn("ec2", "vpc-flow-log/*")}},
            ),
            opts=self._child,
        )
        _ = aws.ec2.FlowLog(
            self._name,
            vpc_id=self.vpc.id,
            traffic_type="ALL",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags={"Name": self._name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy] if role.policy else None),
        )
