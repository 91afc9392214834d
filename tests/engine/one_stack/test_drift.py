"""What is changed behind Pulumi's back is found by refresh and healed by up."""

import pytest

from tests.engine.project import Project, created, updated

pytestmark = pytest.mark.slow


def test_a_refresh_of_an_untouched_stack_finds_nothing(prod: Project) -> None:
    outcome = prod.well("refresh")
    assert outcome.drift == {}
    assert "No drift: the cloud is as the state says." in outcome.out
    assert prod.well("preview").planned == frozenset()


def test_drift_is_found_by_refresh_and_healed_by_up(prod: Project) -> None:
    ec2, logs, ecs = (prod.cloud.client(service) for service in ("ec2", "logs", "ecs"))
    vpc, group = prod.identifier("ec2:Vpc network"), prod.identifier("cloudwatch:LogGroup backend")
    retention = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"]
    rule = prod.identifier("vpc:SecurityGroupIngressRule backend-from-network-edge-8000")
    found = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"][0]
    route_table = prod.identifier("ec2:RouteTable network-private-a")

    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "Owner"}])
    ec2.delete_route(RouteTableId=route_table, DestinationCidrBlock="0.0.0.0/0")
    ec2.revoke_security_group_ingress(GroupId=found["GroupId"], SecurityGroupRuleIds=[rule])
    ecs.update_service(
        cluster=prod.identifier("ecs:Cluster cluster"),
        service=prod.identifier("ecs:Service frontend"),
        propagateTags="NONE",
    )

    assert prod.well("preview").planned == frozenset(), "without a refresh nobody knows"
    assert prod.well("refresh").drift == {
        "cloudwatch:LogGroup backend": {"retentionInDays"},
        "ec2:Vpc network": {"tagsAll"},
        "ec2:Route network-private-a-nat": frozenset(),
        "vpc:SecurityGroupIngressRule backend-from-network-edge-8000": frozenset(),
        "ecs:Service frontend": {"propagateTags"},
    }
    healed = prod.well("up")
    assert healed.done == updated("cloudwatch:LogGroup backend", "ec2:Vpc network", "ecs:Service frontend") | created(
        "ec2:Route network-private-a-nat", "vpc:SecurityGroupIngressRule backend-from-network-edge-8000"
    )

    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"] == retention
    tags = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [vpc]}])["Tags"]
    assert "Owner" in {tag["Key"] for tag in tags}
    routes = ec2.describe_route_tables(RouteTableIds=[route_table])["RouteTables"][0]["Routes"]
    assert "0.0.0.0/0" in {route.get("DestinationCidrBlock") for route in routes}
    assert prod.well("refresh").drift == {}


def test_what_the_scaling_did_is_found_and_left_as_it_is(prod: Project) -> None:
    ecs = prod.cloud.client("ecs")
    where = {
        "cluster": prod.identifier("ecs:Cluster cluster"),
        "service": prod.identifier("ecs:Service backend"),
    }
    ecs.update_service(**where, desiredCount=5)
    assert prod.well("refresh").drift == {"ecs:Service backend": {"desiredCount"}}
    assert prod.well("up").done == frozenset()
    described = ecs.describe_services(cluster=where["cluster"], services=[where["service"]])["services"][0]
    assert described["desiredCount"] == 5
