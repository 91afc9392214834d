"""What a change of the settings or the model touches, and that it touches nothing else."""

from collections.abc import Mapping

import pytest

from graph.capture import capture
from graph.resource import Graph
from services.model import Application, Exposed, NetworkAttachment, Service

LISTS_SUBNETS: Mapping[str, set[str]] = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"routeTableIds", "subnetIds"},
    "aws:ecs/service:Service": {"networkConfiguration"},
    "aws:lb/loadBalancer:LoadBalancer": {"subnets"},
    "aws:rds/subnetGroup:SubnetGroup": {"subnetIds"},
    "aws:ssm/parameter:Parameter": {"insecureValue"},
}
"""Type -> inputs that name every subnet of a tier."""


def changed(before: Graph, after: Graph) -> dict[str, set[str]]:
    """The inputs that differ, of the resources that both graphs have."""
    found: dict[str, set[str]] = {}
    for old in before:
        new = after.by_urn.get(old.urn)
        if new is not None and new.inputs != old.inputs:
            found[str(old)] = {
                key for key in old.inputs.keys() | new.inputs.keys() if old.inputs.get(key) != new.inputs.get(key)
            }
    return found


def names(graph: Graph) -> set[str]:
    return {str(resource) for resource in graph}


@pytest.mark.parametrize("zones", [["a", "b"], ["a", "c"], ["a", "b", "c", "d"], ["a", "b", "c", "h"]])
def test_another_zone_changes_no_resource_of_the_others(prod: Graph, zones: list[str]) -> None:
    after = capture("prod", config={"components:network": {"zones": zones}})
    for resource, keys in changed(prod, after).items():
        assert keys <= LISTS_SUBNETS.get(resource.split(" ")[0], set()), resource
    for resource in names(prod) ^ names(after):
        assert any(f"-{zone}" in resource for zone in set(zones) ^ {"a", "b", "c"}), resource


def test_a_single_nat_gateway_stays_where_it_is_when_a_zone_is_added() -> None:
    single = {"nat": "single"}
    before = capture("prod", config={"components:network": {**single, "zones": ["b", "c"]}})
    after = capture("prod", config={"components:network": {**single, "zones": ["b", "c", "a"]}})
    assert {item.name for item in before.of_type("aws:ec2/natGateway:NatGateway")} == {
        item.name for item in after.of_type("aws:ec2/natGateway:NatGateway")
    }


def test_a_secondary_block_adds_private_subnets_and_changes_no_other(prod: Graph) -> None:
    after = capture("prod", config={"components:network": {"secondary_cidrs": ["100.64.0.0/16"]}})
    for resource, keys in changed(prod, after).items():
        assert keys <= LISTS_SUBNETS.get(resource.split(" ")[0], set()), resource
    assert names(prod) < names(after)
    added = after.of_type("aws:ec2/subnet:Subnet")
    assert sum(subnet.text("cidrBlock").startswith("100.64.") for subnet in added) == 3


def test_a_new_service_changes_only_what_its_network_shares(prod: Graph, application: Application) -> None:
    newcomer = Service(
        image="reports@sha256:" + "0" * 64, networks={"data": NetworkAttachment()}, expose=(Exposed(first=9100),)
    )
    after = capture("prod", application=_with(application, reports=newcomer))
    assert changed(prod, after) == {}
    new = names(after) - names(prod)
    elsewhere = {name for name in new if "reports" not in name}
    assert elsewhere == {
        f"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule {name}-to-network-data-9100"
        for name in ("backend", "migrate")
    }
    assert names(prod) <= names(after)


def test_a_removed_service_takes_nothing_else_with_it(prod: Graph, application: Application) -> None:
    services = {name: service for name, service in application.services.items() if name != "frontend"}
    after = capture("prod", application=application.model_copy(update={"services": services}))
    assert changed(prod, after) == {}
    assert names(after) <= names(prod)
    gone = {name for name in names(prod) - names(after) if "frontend" not in name}
    [rule] = prod.of_type("aws:lb/listenerRule:ListenerRule")
    assert gone == {
        f"aws:lb/listenerRule:ListenerRule {rule.name}",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule backend-to-network-edge-8080",
    }


def test_another_port_keeps_the_rule_that_takes_the_requests(prod: Graph, application: Application) -> None:
    """AWS refuses a second rule of one priority, and new resources are made before old ones go."""
    frontend = application.services["frontend"]
    [port] = frontend.ports
    moved = frontend.model_copy(update={"ports": (port.model_copy(update={"target": 9090}),)})
    after = capture("prod", application=_with(application, frontend=moved))
    [rule] = after.of_type("aws:lb/listenerRule:ListenerRule")
    assert rule.urn in prod.by_urn
    assert {item.name for item in after.of_type("aws:lb/targetGroup:TargetGroup")} == {"frontend-9090"}


def test_a_new_password_makes_new_revisions_of_the_tasks_that_hold_it(prod: Graph) -> None:
    definitions = prod.of_type("aws:ecs/taskDefinition:TaskDefinition")
    version = "aws:secretsmanager/secretVersion:SecretVersion"
    made_of = {
        item.name: {prod.by_urn[urn].type for urn in item.property_dependencies["containerDefinitions"]}
        for item in definitions
    }
    assert {name for name, types in made_of.items() if version in types} == {"backend", "migrate"}


def test_a_changed_variable_makes_one_new_revision(prod: Graph, application: Application) -> None:
    frontend = application.services["frontend"]
    louder = frontend.model_copy(update={"environment": {**frontend.environment, "LOG_LEVEL": "debug"}})
    after = capture("prod", application=_with(application, frontend=louder))
    assert changed(prod, after) == {"aws:ecs/taskDefinition:TaskDefinition frontend": {"containerDefinitions"}}
    assert names(prod) == names(after)


def test_an_image_by_digest_takes_the_place_of_the_build(prod: Graph) -> None:
    old = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/services-frontend@sha256:" + "0" * 64
    after = capture("prod", config={"services:images": {"frontend": old}})
    assert set(changed(prod, after)) == {
        "aws:ecs/taskDefinition:TaskDefinition frontend",
        "aws:ssm/parameter:Parameter frontend-rollout",
    }
    assert old in after.one("aws:ecs/taskDefinition:TaskDefinition", "frontend").text("containerDefinitions")


def _with(application: Application, **services: Service) -> Application:
    return application.model_copy(update={"services": {**application.services, **services}})
