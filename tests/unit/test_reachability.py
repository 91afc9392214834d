"""Who reaches whom in the prod stack: security groups, network ACLs and routes, against the model."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import cast

import pytest

from graph.capture import capture
from graph.resource import Graph, Resource
from services.model import Application, Service

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
ANYWHERE = "0.0.0.0/0"
VPC = "10.0.0.0/16"
DATABASE_PORT = 5432
NEEDED_ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")

Opening = tuple[str, str, int]
"""Group, the other side, port."""


def openings(graph: Graph, type_: str) -> list[Opening]:
    return sorted(_opening(graph, rule) for rule in graph.of_type(type_))


def _opening(graph: Graph, rule: Resource) -> Opening:
    inputs = rule.inputs
    assert inputs["fromPort"] == inputs["toPort"], f"{rule.name} opens a range"
    assert inputs["ipProtocol"] == "tcp", f"{rule.name} is not TCP"
    peers = [inputs[key] for key in ("referencedSecurityGroupId", "cidrIpv4", "prefixListId") if key in inputs]
    assert len(peers) == 1, f"{rule.name} has {len(peers)} other sides"
    peer = str(peers[0])
    if "referencedSecurityGroupId" in inputs:
        peer = graph.by_id(peer).name
    elif "prefixListId" in inputs:
        [endpoint] = [item for item in graph.of_type(ENDPOINT) if item.outputs.get("prefixListId") == peer]
        peer = endpoint.text("serviceName").rpartition(".")[2]
    return graph.by_id(inputs["securityGroupId"]).name, peer, cast("int", inputs["fromPort"])


ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def ports_of(name: str, application: Application) -> set[int]:
    """What the model says can be reached; written apart from the program's own arithmetic."""
    service = application.services[name]
    waited_for = [item.depends_on[name].condition for item in application.services.values() if name in item.depends_on]
    if any(condition == "service_completed_successfully" for condition in waited_for):
        return set()
    return {DATABASE_PORT} if service.x_aws.managed else {port.number for port in service.declared_ports}


def published_by(service: Service) -> set[int]:
    return {port.target for port in service.ports if port.host_ip is None and not service.x_aws.managed}


def expected_ingress(application: Application) -> set[Opening]:
    found: set[Opening] = {("edge", ANYWHERE, 80), ("edge", ANYWHERE, 443), ("network-endpoints", VPC, 443)}
    for name, service in application.services.items():
        found |= {
            (name, f"network-{network}", port) for network in service.networks for port in ports_of(name, application)
        }
        found |= {(name, "edge", port) for port in published_by(service)}
    return found


def expected_egress(application: Application) -> set[Opening]:
    found: set[Opening] = set()
    for name, service in application.services.items():
        found |= {("edge", name, port) for port in published_by(service)}
        if service.x_aws.managed:
            continue
        found |= {(name, "network-endpoints", 443), (name, "s3", 443)}
        if not all(application.networks[network].internal for network in service.networks):
            found.add((name, ANYWHERE, 443))
        for network in service.networks:
            members = [other for other, item in application.services.items() if network in item.networks]
            found |= {(name, f"network-{network}", port) for other in members for port in ports_of(other, application)}
    return found


def test_security_groups_admit_exactly_what_the_model_says(prod: Graph, application: Application) -> None:
    assert openings(prod, INGRESS) == sorted(expected_ingress(application))


def test_security_groups_let_out_exactly_what_the_model_says(prod: Graph, application: Application) -> None:
    assert openings(prod, EGRESS) == sorted(expected_egress(application))


def test_a_network_is_an_identity_and_has_no_rules(prod: Graph, application: Application) -> None:
    ruled = {group for group, _, _ in (*openings(prod, INGRESS), *openings(prod, EGRESS))}
    for network in application.networks:
        assert prod.one(GROUP, f"network-{network}").name not in ruled


def test_every_service_carries_its_own_group_and_those_of_its_networks(prod: Graph, application: Application) -> None:
    for name, groups in _groups_of_workloads(prod).items():
        networks = application.services[name].networks
        assert groups == {name, *(f"network-{network}" for network in networks)}
    assert "database" in _groups_of_workloads(prod)


def test_rules_are_resources_of_their_own(prod: Graph) -> None:
    for type_, keys in {
        GROUP: {"ingress", "egress"},
        "aws:ec2/routeTable:RouteTable": {"routes"},
        "aws:ec2/networkAcl:NetworkAcl": {"ingress", "egress", "subnetIds"},
        "aws:ec2/vpc:Vpc": {"assignGeneratedIpv6CidrBlock"},
    }.items():
        for resource in prod.of_type(type_):
            assert not resource.inputs.keys() & keys, str(resource)


def test_what_aws_makes_by_itself_is_closed(prod: Graph) -> None:
    [group] = prod.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    [acl] = prod.of_type("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
    assert [group.inputs[key] for key in ("ingress", "egress")] == [[], []]
    assert [acl.inputs[key] for key in ("ingress", "egress")] == [[], []]
    assert group.inputs["vpcId"] == acl.text("defaultNetworkAclId").removesuffix("-default-network-acl-id")


def test_every_subnet_is_on_the_network_acl_of_its_tier(prod: Graph) -> None:
    acls = _one_association_a_subnet(prod, "aws:ec2/networkAclAssociation:NetworkAclAssociation", "networkAclId")
    for subnet in prod.of_type("aws:ec2/subnet:Subnet"):
        assert acls[subnet.id].name == f"network-{_tier(subnet)}"


def test_every_subnet_has_the_route_table_of_its_tier_and_zone(prod: Graph) -> None:
    tables = _route_tables(prod)
    for subnet in prod.of_type("aws:ec2/subnet:Subnet"):
        zone = subnet.text("availabilityZone")[-1]
        expected = f"network-private-{zone}" if _tier(subnet) == "private" else f"network-{_tier(subnet)}"
        assert tables[subnet.id].name == expected


def test_isolated_subnets_have_no_route_out(prod: Graph) -> None:
    isolated = [subnet for subnet in prod.of_type("aws:ec2/subnet:Subnet") if _tier(subnet) == "isolated"]
    assert len(isolated) == 3
    assert [str(route) for subnet in isolated for route in _routes(prod, subnet)] == []


def test_only_public_subnets_have_the_internet_gateway_and_private_ones_their_zones_nat(prod: Graph) -> None:
    for subnet in prod.of_type("aws:ec2/subnet:Subnet"):
        if _tier(subnet) == "public":
            assert ["gatewayId" in route.inputs for route in _routes(prod, subnet)] == [True]
        elif _tier(subnet) == "private":
            [route] = _routes(prod, subnet)
            nat = prod.by_id(route.inputs["natGatewayId"])
            assert prod.by_id(nat.inputs["subnetId"]).text("availabilityZone") == subnet.text("availabilityZone")


def test_nothing_gets_a_public_address_but_by_the_load_balancer_and_nat(prod: Graph) -> None:
    assert not any(subnet.inputs["mapPublicIpOnLaunch"] for subnet in prod.of_type("aws:ec2/subnet:Subnet"))
    assert not any(
        cast("Mapping[str, object]", service.inputs["networkConfiguration"])["assignPublicIp"]
        for service in prod.of_type("aws:ecs/service:Service")
    )
    assert not any(instance.inputs["publiclyAccessible"] for instance in prod.of_type("aws:rds/instance:Instance"))


def test_services_without_a_way_out_are_in_isolated_subnets(prod: Graph, application: Application) -> None:
    placed = {name: {_tier(subnet) for subnet in subnets} for name, (_, subnets) in _workloads(prod).items()}
    for name, tiers in placed.items():
        inside = all(application.networks[network].internal for network in application.services[name].networks)
        assert tiers == {"isolated" if inside else "private"}, name
    assert {"isolated"} in placed.values()
    assert {"private"} in placed.values()


@pytest.mark.parametrize("nat", ["none", "single", "per_az"])
def test_every_task_can_pull_its_image_write_its_logs_and_read_its_secrets(nat: str) -> None:
    graph = capture("prod", config={"components:network": {"nat": nat}})
    workloads = _workloads(graph)
    assert len(workloads) >= 3
    lacking = [
        f"{name} in {subnet.name}: {why}"
        for name, (groups, subnets) in workloads.items()
        for subnet in subnets
        for why in _unreachable(graph, groups, subnet)
    ]
    assert lacking == []


def _unreachable(graph: Graph, groups: list[str], subnet: Resource) -> Iterator[str]:
    """What a task in a subnet needs of AWS and cannot reach: security groups, ACLs of both ends, and the way."""
    out = [rule for rule in graph.of_type(EGRESS) if rule.inputs["securityGroupId"] in groups]
    for service in NEEDED_ENDPOINTS:
        endpoint = _endpoint(graph, service)
        if not endpoint.inputs["privateDnsEnabled"] or endpoint.inputs["vpcId"] != subnet.inputs["vpcId"]:
            yield f"{service}: its name does not resolve to the endpoint"
        [group] = cast("list[str]", endpoint.inputs["securityGroupIds"])
        if not any(rule.inputs.get("referencedSecurityGroupId") == group and _covers(rule, 443) for rule in out):
            yield f"{service}: no security group lets it out"
        admitted = [rule for rule in graph.of_type(INGRESS) if rule.inputs["securityGroupId"] == group]
        if not any(_within(subnet, rule.inputs.get("cidrIpv4")) and _covers(rule, 443) for rule in admitted):
            yield f"{service}: the endpoint does not admit it"
        for other in (graph.by_id(item) for item in cast("list[str]", endpoint.inputs["subnetIds"])):
            if not _acls_let_through(graph, subnet, other):
                yield f"{service}: a network ACL between it and {other.name}"
    s3 = _endpoint(graph, "s3")
    by_gateway = _route_tables(graph)[subnet.id].id in cast("list[str]", s3.inputs["routeTableIds"])
    if not by_gateway and not any("natGatewayId" in route.inputs for route in _routes(graph, subnet)):
        yield "S3: neither the gateway endpoint nor NAT is on its route table"
    if not any(rule.inputs.get("prefixListId") == s3.outputs["prefixListId"] and _covers(rule, 443) for rule in out):
        yield "S3: no security group lets it out"
    public = IPv4Address("52.219.0.1")
    if not _acl_allows(graph, subnet, public, 443, egress=True):
        yield "S3: a network ACL on the way out"
    if not _acl_allows(graph, subnet, public, 40_000, egress=False):
        yield "S3: a network ACL on the way back"


def _acls_let_through(graph: Graph, subnet: Resource, other: Resource) -> bool:
    here, there = (IPv4Network(item.text("cidrBlock"))[10] for item in (subnet, other))
    return (
        _acl_allows(graph, subnet, there, 443, egress=True)
        and _acl_allows(graph, other, here, 443, egress=False)
        and _acl_allows(graph, other, here, 40_000, egress=True)
        and _acl_allows(graph, subnet, there, 40_000, egress=False)
    )


def _acl_allows(graph: Graph, subnet: Resource, address: IPv4Address, port: int, *, egress: bool) -> bool:
    """The first entry in the order of numbers that matches decides, as at AWS; without one, TCP is refused."""
    acl = _one_association_a_subnet(graph, "aws:ec2/networkAclAssociation:NetworkAclAssociation", "networkAclId")
    rules = [
        rule.inputs
        for rule in graph.of_type("aws:ec2/networkAclRule:NetworkAclRule")
        if rule.inputs["networkAclId"] == acl[subnet.id].id and rule.inputs["egress"] is egress
    ]
    for rule in sorted(rules, key=lambda item: cast("int", item["ruleNumber"])):
        first, last = cast("int", rule["fromPort"]), cast("int", rule["toPort"])
        matches = rule["protocol"] == "-1" or (rule["protocol"] == "tcp" and first <= port <= last)
        if matches and address in IPv4Network(str(rule["cidrBlock"])):
            return rule["ruleAction"] == "allow"
    return False


def _covers(rule: Resource, port: int) -> bool:
    first, last = cast("int", rule.inputs["fromPort"]), cast("int", rule.inputs["toPort"])
    return rule.inputs["ipProtocol"] == "tcp" and first <= port <= last


def _within(subnet: Resource, cidr: object) -> bool:
    return isinstance(cidr, str) and IPv4Network(subnet.text("cidrBlock")).subnet_of(IPv4Network(cidr))


def _endpoint(graph: Graph, service: str) -> Resource:
    [found] = [item for item in graph.of_type(ENDPOINT) if item.text("serviceName").endswith(f"eu-central-1.{service}")]
    return found


def _tier(subnet: Resource) -> str:
    return str(cast("Mapping[str, str]", subnet.inputs["tags"])["Tier"])


def _route_tables(graph: Graph) -> Mapping[str, Resource]:
    return _one_association_a_subnet(graph, "aws:ec2/routeTableAssociation:RouteTableAssociation", "routeTableId")


def _routes(graph: Graph, subnet: Resource) -> list[Resource]:
    table = _route_tables(graph)[subnet.id].id
    return [route for route in graph.of_type("aws:ec2/route:Route") if route.inputs["routeTableId"] == table]


def _one_association_a_subnet(graph: Graph, type_: str, key: str) -> Mapping[str, Resource]:
    """Subnet id -> what it is associated with. Fails unless every subnet has exactly one association."""
    associations = graph.of_type(type_)
    found = {str(item.inputs["subnetId"]): graph.by_id(item.inputs[key]) for item in associations}
    assert len(found) == len(associations)
    assert found.keys() == {subnet.id for subnet in graph.of_type("aws:ec2/subnet:Subnet")}
    return found


def _workloads(graph: Graph) -> Mapping[str, tuple[list[str], list[Resource]]]:
    """Service or job -> its security groups and subnets, as its marker records them for who runs it."""
    found: dict[str, tuple[list[str], list[Resource]]] = {}
    for marker in graph.of_type("aws:ssm/parameter:Parameter"):
        record = marker.json("insecureValue")
        subnets = [graph.by_id(item) for item in cast("list[str]", record["subnets"])]
        found[str(record["service"])] = (cast("list[str]", record["security_groups"]), subnets)
    for service in graph.of_type("aws:ecs/service:Service"):
        place = cast("Mapping[str, list[str]]", service.inputs["networkConfiguration"])
        groups, subnets = found[service.name]
        assert sorted(place["securityGroups"]) == sorted(groups)
        assert sorted(place["subnets"]) == sorted(subnet.id for subnet in subnets)
    return found


def _groups_of_workloads(graph: Graph) -> Mapping[str, set[str]]:
    groups = {name: ids for name, (ids, _) in _workloads(graph).items()}
    for instance in graph.of_type("aws:rds/instance:Instance"):
        groups[instance.name] = cast("list[str]", instance.inputs["vpcSecurityGroupIds"])
    return {name: {graph.by_id(item).name for item in ids} for name, ids in groups.items()}
