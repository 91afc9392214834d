"""The VPC as the engine sees it."""

import pytest

from components.context import Context
from components.network import Network, NetworkArgs
from components.settings import ComponentsSettings
from tests.unit.components.recording import Graph, record, settings

ANYWHERE = "0.0.0.0/0"


def network(chosen: ComponentsSettings) -> Graph:
    def program(context: Context, chosen: ComponentsSettings) -> None:
        Network("network", NetworkArgs(context=context, settings=chosen.network, namespace_domain="prod.internal"))

    return record(program, chosen)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return network(settings())


def routes_of(graph: Graph, table: str) -> list[str]:
    return [
        route.inputs["destinationCidrBlock"]
        for route in graph.of("Route")
        if route.inputs["routeTableId"] == f"{table}-id"
    ]


def test_every_tier_has_one_subnet_in_each_zone(graph: Graph) -> None:
    names = {subnet.name for subnet in graph.of("Subnet")}
    assert names == {f"network-{tier}-{zone}" for tier in ("public", "private", "isolated") for zone in "abc"}


def test_no_subnet_hands_out_public_addresses(graph: Graph) -> None:
    assert not any(subnet.inputs["mapPublicIpOnLaunch"] for subnet in graph.of("Subnet"))


def test_every_subnet_is_on_the_acl_of_its_tier(graph: Graph) -> None:
    placed = {item.inputs["subnetId"]: item.inputs["networkAclId"] for item in graph.of("NetworkAclAssociation")}
    for subnet in graph.of("Subnet"):
        assert placed[f"{subnet.name}-id"] == f"network-{subnet.inputs['tags']['Tier']}-id"


def test_every_subnet_is_on_the_route_table_of_its_tier_and_zone(graph: Graph) -> None:
    placed = {item.inputs["subnetId"]: item.inputs["routeTableId"] for item in graph.of("RouteTableAssociation")}
    assert placed["network-public-b-id"] == "network-public-id"
    assert placed["network-private-b-id"] == "network-private-b-id"
    assert placed["network-isolated-b-id"] == "network-isolated-id"
    assert len(placed) == len(graph.of("Subnet"))


def test_the_isolated_table_has_no_route(graph: Graph) -> None:
    assert graph.one("RouteTable", "network-isolated")
    assert routes_of(graph, "network-isolated") == []


@pytest.mark.parametrize(("nat", "gateways"), [("none", []), ("single", ["a"]), ("per_az", ["a", "b", "c"])])
def test_nat_gateways_follow_the_setting(nat: str, gateways: list[str]) -> None:
    graph = network(settings(network={"cidr": "10.0.0.0/16", "nat": nat}))
    subnets = {item.inputs["subnetId"] for item in graph.of("NatGateway")}
    assert subnets == {f"network-public-{zone}-id" for zone in gateways}
    for zone in "abc":
        expected = [ANYWHERE] if gateways else []
        assert routes_of(graph, f"network-private-{zone}") == expected
    routes = {r.name: r.inputs.get("natGatewayId") for r in graph.of("Route")}
    if nat == "per_az":
        assert routes["network-private-b-nat"] == "network-b-id"
    if nat == "single":
        assert routes["network-private-b-nat"] == "network-a-id"


def test_the_defaults_that_aws_makes_are_closed(graph: Graph) -> None:
    group = graph.one("DefaultSecurityGroup", "network-default")
    acl = graph.one("DefaultNetworkAcl", "network-default")
    for closed in (group, acl):
        assert closed.inputs["ingress"] == []
        assert closed.inputs["egress"] == []


def test_hosts_search_the_private_namespace_for_short_names(graph: Graph) -> None:
    options = graph.one("VpcDhcpOptions", "network")
    assert options.inputs["domainName"] == "prod.internal"
    assert options.inputs["domainNameServers"] == ["AmazonProvidedDNS"]


def test_gateway_endpoints_serve_every_private_and_isolated_table_and_no_public_one(graph: Graph) -> None:
    tables = {"network-private-a-id", "network-private-b-id", "network-private-c-id", "network-isolated-id"}
    for service in ("s3", "dynamodb"):
        assert set(graph.one("VpcEndpoint", f"network-{service}").inputs["routeTableIds"]) == tables


def test_interface_endpoints_are_private_names_in_the_primary_private_subnets() -> None:
    graph = network(settings(network={"cidr": "10.0.0.0/16", "secondary_cidrs": ["100.64.0.0/16"]}))
    endpoints = [item for item in graph.of("VpcEndpoint") if item.inputs["vpcEndpointType"] == "Interface"]
    services = {item.inputs["serviceName"].removeprefix("com.amazonaws.eu-central-1.") for item in endpoints}
    assert services == {"ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "kms", "sts"}
    for endpoint in endpoints:
        assert endpoint.inputs["privateDnsEnabled"]
        assert endpoint.inputs["subnetIds"] == [f"network-private-{zone}-id" for zone in "abc"]
        assert endpoint.inputs["securityGroupIds"] == ["network-endpoints-id"]


def test_endpoints_admit_https_from_each_block_of_the_vpc_and_nothing_else() -> None:
    graph = network(settings(network={"cidr": "10.0.0.0/16", "secondary_cidrs": ["100.64.0.0/16"]}))
    rules = [
        (rule.inputs["cidrIpv4"], rule.inputs["fromPort"], rule.inputs["toPort"])
        for rule in graph.of("SecurityGroupIngressRule")
    ]
    assert sorted(rules) == [("10.0.0.0/16", 443, 443), ("100.64.0.0/16", 443, 443)]
    assert graph.of("SecurityGroupEgressRule") == []


def test_every_endpoint_serves_this_account_only_but_for_the_image_layers_of_ecr(graph: Graph) -> None:
    for endpoint in graph.of("VpcEndpoint"):
        own, *others = endpoint.policy()
        assert own["Condition"]["StringEquals"]["aws:PrincipalAccount"] == "123456789012"
        if endpoint.name == "network-s3":
            (layers,) = others
            assert layers["Resource"] == ["arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"]
            assert layers["Action"] == ["s3:GetObject"]
        else:
            assert others == []


def test_secondary_subnets_wait_for_their_block() -> None:
    graph = network(settings(network={"cidr": "10.0.0.0/16", "secondary_cidrs": ["100.64.0.0/16"]}))
    subnet = graph.one("Subnet", "network-private-b-100-64-0-0-16")
    assert any("VpcIpv4CidrBlockAssociation" in urn for urn in subnet.dependencies)
    primary = graph.one("Subnet", "network-private-b")
    assert not any("VpcIpv4CidrBlockAssociation" in urn for urn in primary.dependencies)


def test_flow_logs_of_all_traffic_reach_an_encrypted_group_of_the_chosen_retention(graph: Graph) -> None:
    log = graph.one("FlowLog", "network")
    assert log.inputs["trafficType"] == "ALL"
    group = graph.one("LogGroup", "network-flow-logs")
    assert group.inputs["retentionInDays"] == 365
    assert group.inputs["kmsKeyId"] == graph_arn("keys-logs")
    (trust,) = graph.one("iam/role:Role", "network-flow-logs").policy("assumeRolePolicy")
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["StringEquals"]["aws:SourceAccount"] == "123456789012"


def graph_arn(name: str) -> str:
    return f"arn:aws:mock:eu-central-1:123456789012:{name}"


def test_no_rule_of_an_acl_shares_its_number_with_another(graph: Graph) -> None:
    numbers = [
        (rule.inputs["networkAclId"], rule.inputs["egress"], rule.inputs["ruleNumber"])
        for rule in graph.of("NetworkAclRule")
    ]
    assert len(numbers) == len(set(numbers))


def test_isolated_subnets_take_only_the_vpc_and_replies_of_gateway_endpoints(graph: Graph) -> None:
    rules = [r.inputs for r in graph.of("NetworkAclRule") if r.inputs["networkAclId"] == "network-isolated-id"]
    outside = {(r["egress"], r["protocol"], r["fromPort"], r["toPort"]) for r in rules if r["cidrBlock"] == ANYWHERE}
    assert outside == {(False, "tcp", 1024, 65535), (True, "tcp", 443, 443)}


def test_adding_a_zone_or_a_block_changes_no_resource_that_was_there() -> None:
    before = network(settings(network={"cidr": "10.0.0.0/16", "zones": ["a", "b"], "nat": "none"}))
    after = network(
        settings(
            network={
                "cidr": "10.0.0.0/16",
                "zones": ["a", "b", "c"],
                "nat": "none",
                "secondary_cidrs": ["100.64.0.0/16"],
            }
        )
    )
    widened = {"VpcEndpoint", "Network"}
    then = {(r.type, r.name): r.inputs for r in before.resources if r.type.split(":")[-1] not in widened}
    now = {(r.type, r.name): r.inputs for r in after.resources}
    assert {key: now.get(key) for key in then} == then


def test_everything_has_a_parent_but_components_of_the_stack(graph: Graph) -> None:
    roots = {item.type for item in graph.resources if not item.parent}
    assert roots <= {"infra:keys:Keys", "infra:network:Network", "pulumi:pulumi:Stack"}
