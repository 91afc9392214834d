"""How inputs find their members, and what the models forbid."""

import json
from typing import Any

import pytest

from sandbox.aws_types.base import Convert
from sandbox.mapping import Mapper
from sandbox.plugin import UNKNOWN
from sandbox.service_models import input_shape
from sandbox.validation import validate
from tests.sandbox.conftest import Driver


def mapper(service: str, operation: str, **options: object) -> Mapper:
    return Mapper(shape=input_shape(service, operation), **options)  # pyright: ignore[reportArgumentType]


def test_names_match_but_for_case_underscores_and_a_plural_s() -> None:
    task = mapper("ecs", "RegisterTaskDefinition")
    sent = task.forward({"task_role_arn": "r", "requiresCompatibility": ["FARGATE"]})
    assert sent.params == {"taskRoleArn": "r", "requiresCompatibilities": ["FARGATE"]}


def test_a_list_of_one_stands_for_a_structure_and_a_scalar_for_a_value() -> None:
    assert mapper("s3", "PutBucketVersioning").forward({"versioningConfiguration": [{"status": "Enabled"}]}).params == {
        "VersioningConfiguration": {"Status": "Enabled"}
    }
    assert mapper("ec2", "ModifyVpcAttribute").forward({"enableDnsSupport": True}).params == {
        "EnableDnsSupport": {"Value": True}
    }


def test_json_text_becomes_the_list_that_the_shape_wants() -> None:
    sent = mapper("ecs", "RegisterTaskDefinition").forward(
        {"containerDefinitions": json.dumps([{"name": "a", "cpu": "5"}])}
    )
    assert sent.params == {"containerDefinitions": [{"name": "a", "cpu": 5}]}


def test_a_rename_reaches_into_blocks() -> None:
    renames = {"vpcConfig.subnets": "VpcConfig.SubnetIds"}
    sent = mapper("lambda", "CreateFunction", renames=renames).forward({"vpcConfig": {"subnets": ["s"]}})
    assert sent.params == {"VpcConfig": {"SubnetIds": ["s"]}}
    health = {"healthCheck.path": "HealthCheckPath", "healthCheck.interval": "HealthCheckIntervalSeconds"}
    sent = mapper("elbv2", "CreateTargetGroup", renames=health).forward({"healthCheck": [{"path": "/", "interval": 5}]})
    assert sent.params == {"HealthCheckPath": "/", "HealthCheckIntervalSeconds": 5}


def test_what_no_member_takes_is_named_with_its_path() -> None:
    sent = mapper("s3", "PutBucketVersioning").forward({"versioningConfiguration": {"colour": "red"}, "shape": "round"})
    assert sent.untaken == {"versioningConfiguration.colour", "shape"}


def test_unknown_values_stay_unknown_and_are_not_converted() -> None:
    convert = {"cidrBlock": Convert(to_aws=lambda value: value + "!")}
    assert mapper("ec2", "CreateVpc", convert=convert).forward({"cidrBlock": UNKNOWN}).params == {"CidrBlock": UNKNOWN}
    assert list(validate(input_shape("ec2", "CreateVpc"), {"CidrBlock": UNKNOWN, "InstanceTenancy": UNKNOWN})) == []


@pytest.mark.parametrize(
    ("token", "inputs", "words"),
    [
        (
            "aws:ec2/vpc:Vpc",
            {"cidrBlok": "10.0.0.0/16"},
            ["cidrBlok", "none of the calls", "CreateVpc", "sandbox/aws_types"],
        ),
        (
            "aws:ec2/vpc:Vpc",
            {"cidrBlock": "10.0.0.0/16", "instanceTenancy": "mine"},
            ["instanceTenancy", "'mine'", "dedicated"],
        ),
        ("aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/24"}, ["vpcId", "required"]),
        (
            "aws:iam/role:Role",
            {"assumeRolePolicy": "{}", "maxSessionDuration": 60},
            ["maxSessionDuration", "3600 to 43200"],
        ),
        ("aws:iam/role:Role", {"assumeRolePolicy": "{}", "name": "a b"}, ["name", "'a b'", "pattern"]),
        ("aws:iam/role:Role", {}, ["assumeRolePolicy", "required"]),
        (
            "aws:ecs/taskDefinition:TaskDefinition",
            {"family": "f", "containerDefinitions": '[{"name": "a", "portMapings": []}]'},
            ["containerDefinitions.portMapings"],
        ),
        ("aws:ecs/taskDefinition:TaskDefinition", {"family": "f", "containerDefinitions": "[{"}, ["not valid JSON"]),
        ("aws:cloudwatch/logGroup:LogGroup", {"logGroupClass": "CHEAP"}, ["logGroupClass", "STANDARD"]),
    ],
)
def test_check_says_what_is_wrong_before_anything_is_created(
    driver: Driver, token: str, inputs: dict[str, Any], words: list[str]
) -> None:
    refused = driver.refused(token, **inputs)
    assert all(word in refused for word in words), refused


def test_an_automatic_name_that_is_too_long_is_refused(driver: Driver) -> None:
    refused = driver.refused("aws:iam/role:Role", "r" * 60, assumeRolePolicy="{}")
    assert "68 characters" in refused
    assert "64" in refused


def test_an_automatic_name_is_kept_on_update_and_new_on_replacement(driver: Driver) -> None:
    first = driver.check("aws:cloudwatch/logGroup:LogGroup", "logs").inputs
    urn = driver.create("aws:cloudwatch/logGroup:LogGroup", "logs").urn
    assert driver.provider.check(urn, first, {}, b"other").inputs["name"] == first["name"]
    assert driver.provider.check(urn, {}, {}, b"other").inputs["name"] != first["name"]
