"""The first AWS types, through the provider and over moto."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugin import Props
from tests.sandbox.conftest import Driver, Resource

Aws = Callable[..., Props]
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
        ],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k"}]}
)
CONTAINERS = json.dumps(
    [
        {
            "name": "backend",
            "image": "backend@sha256:" + "0" * 64,
            "essential": True,
            "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "portMappings": [{"containerPort": 8000, "protocol": "tcp"}],
            "healthCheck": {"command": ["CMD", "true"], "interval": 10},
        }
    ]
)


def vpc(driver: Driver) -> Resource:
    return driver.create(
        "aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16", enableDnsHostnames=True, enableDnsSupport=True, tags={"Name": "main"}
    )


def make(driver: Driver, kind: str) -> Resource:
    """One resource of each first type, with what it needs."""
    if kind == "vpc":
        return vpc(driver)
    if kind == "subnet":
        return driver.create(
            "aws:ec2/subnet:Subnet",
            vpcId=vpc(driver).id,
            cidrBlock="10.0.1.0/24",
            availabilityZone="eu-central-1a",
            mapPublicIpOnLaunch=True,
        )
    if kind == "group":
        return driver.create("aws:ec2/securityGroup:SecurityGroup", vpcId=vpc(driver).id, description="web")
    if kind == "rule":
        return driver.create(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            securityGroupId=make(driver, "group").id,
            ipProtocol="tcp",
            fromPort=443,
            toPort=443,
            cidrIpv4="10.0.0.0/16",
            description="https",
        )
    if kind == "acl rule":
        return driver.create(
            "aws:ec2/networkAclRule:NetworkAclRule",
            networkAclId=vpc(driver).outputs["defaultNetworkAclId"],
            ruleNumber=90,
            protocol="tcp",
            ruleAction="allow",
            cidrBlock="10.0.0.0/16",
            fromPort=443,
            toPort=443,
        )
    if kind == "association":
        subnet = make(driver, "subnet")
        tables = driver.aws("ec2", "DescribeRouteTables", Filters=[{"Name": "vpc-id", "Values": [subnet.inputs["vpcId"]]}])
        return driver.create(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            subnetId=subnet.id,
            routeTableId=tables["RouteTables"][0]["RouteTableId"],
        )
    simple: dict[str, tuple[str, dict[str, Any]]] = {
        "role": (
            "aws:iam/role:Role",
            {"assumeRolePolicy": TRUST, "description": "runs tasks", "maxSessionDuration": 7200, "tags": {"a": "b"}},
        ),
        "key": (
            "aws:kms/key:Key",
            {"description": "state", "enableKeyRotation": True, "deletionWindowInDays": 7},
        ),
        "bucket": ("aws:s3/bucket:Bucket", {"forceDestroy": True, "tags": {"Name": "b"}}),
        "group of logs": (
            "aws:cloudwatch/logGroup:LogGroup",
            {"name": "/infra/backend", "retentionInDays": 30},
        ),
        "task": (
            "aws:ecs/taskDefinition:TaskDefinition",
            {
                "family": "backend",
                "containerDefinitions": CONTAINERS,
                "cpu": "256",
                "memory": "512",
                "networkMode": "awsvpc",
                "requiresCompatibilities": ["FARGATE"],
                "volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"}}],
                "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
            },
        ),
    }
    if kind == "role policy":
        return driver.create("aws:iam/rolePolicy:RolePolicy", role=make(driver, "role").id, policy=POLICY)
    if kind == "versioning":
        return driver.create(
            "aws:s3/bucketVersioning:BucketVersioning",
            bucket=make(driver, "bucket").id,
            versioningConfiguration={"status": "Enabled"},
        )
    token, inputs = simple[kind]
    return driver.create(token, **inputs)


KINDS = [
    "vpc",
    "subnet",
    "group",
    "rule",
    "acl rule",
    "association",
    "role",
    "role policy",
    "key",
    "bucket",
    "versioning",
    "group of logs",
    "task",
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_refresh_of_an_unchanged_resource_changes_nothing_and_a_deleted_one_is_gone(driver: Driver, kind: str) -> None:
    made = make(driver, kind)
    assert made.refreshed() == made.inputs
    assert made.updated().outputs == made.outputs
    made.deleted()
    if kind != "versioning":
        assert made.refreshed() == {}
        made.deleted()
