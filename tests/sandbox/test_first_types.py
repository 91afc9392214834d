"""The first AWS types, through the provider and over moto."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.calls import AwsError, Clients
from sandbox.plugin import InitializationError, Props, ProviderError, Urn
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
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k"}],
    }
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
        "aws:ec2/vpc:Vpc",
        cidrBlock="10.0.0.0/16",
        enableDnsHostnames=True,
        enableDnsSupport=True,
        tags={"Name": "main"},
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
        tables = driver.aws(
            "ec2", "DescribeRouteTables", Filters=[{"Name": "vpc-id", "Values": [subnet.inputs["vpcId"]]}]
        )
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
                "volumes": [
                    {"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"}}
                ],
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
def test_a_refresh_of_an_unchanged_resource_changes_nothing_and_a_deleted_one_is_gone(
    driver: Driver, kind: str
) -> None:
    made = make(driver, kind)
    assert made.refreshed() == made.inputs
    assert made.updated().outputs == made.outputs
    made.deleted()
    if kind != "versioning":
        assert made.refreshed() == {}
        made.deleted()


def test_settings_are_updated_in_place_and_removed_ones_return_to_their_default(driver: Driver, aws: Aws) -> None:
    made = vpc(driver).updated(enableDnsHostnames=None, tags={"Name": "renamed"})
    seen = aws("ec2", "DescribeVpcAttribute", VpcId=made.id, Attribute="enableDnsHostnames")
    assert seen["EnableDnsHostnames"] == {"Value": False}
    tags = aws("ec2", "DescribeVpcs", VpcIds=[made.id])["Vpcs"][0]["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Name": "renamed", "Project": "infra", "Stack": "test"}

    logs = make(driver, "group of logs").updated(retentionInDays=None)
    assert "retentionInDays" not in aws("logs", "DescribeLogGroups", logGroupNamePrefix=logs.id)["logGroups"][0]

    key = make(driver, "key").updated(enableKeyRotation=None, description="other")
    assert aws("kms", "GetKeyRotationStatus", KeyId=key.id)["KeyRotationEnabled"] is False
    assert aws("kms", "DescribeKey", KeyId=key.id)["KeyMetadata"]["Description"] == "other"


def test_drift_is_found_where_it_is(driver: Driver, aws: Aws) -> None:
    made = vpc(driver)
    aws("ec2", "ModifyVpcAttribute", VpcId=made.id, EnableDnsHostnames={"Value": False})
    aws("ec2", "CreateTags", Resources=[made.id], Tags=[{"Key": "Stranger", "Value": "x"}])
    seen = made.refreshed()
    assert seen == {
        **made.inputs,
        "enableDnsHostnames": False,
        "tagsAll": {**made.inputs["tagsAll"], "Stranger": "x"},
    }

    role = make(driver, "role")
    aws("iam", "UpdateAssumeRolePolicy", RoleName=role.id, PolicyDocument=TRUST.replace("ecs-tasks", "ec2"))
    assert json.loads(role.refreshed()["assumeRolePolicy"]) == json.loads(TRUST.replace("ecs-tasks", "ec2"))

    versioning = make(driver, "versioning")
    aws("s3", "PutBucketVersioning", Bucket=versioning.id, VersioningConfiguration={"Status": "Suspended"})
    assert versioning.refreshed()["versioningConfiguration"] == {"status": "Suspended"}


def test_what_must_be_replaced_says_so_and_a_fixed_identity_is_deleted_first(driver: Driver) -> None:
    rule = make(driver, "acl rule")
    changed = {**rule.inputs, "ruleAction": "deny"}
    found = driver.provider.diff(rule.urn, rule.id, rule.inputs, rule.outputs, changed)
    assert (found.replaces, found.delete_before_replace) == ({"ruleAction"}, True)
    moved = {**rule.inputs, "ruleNumber": 91}
    assert not driver.provider.diff(rule.urn, rule.id, rule.inputs, rule.outputs, moved).delete_before_replace


def test_a_bucket_with_objects_goes_only_when_it_may_be_emptied(driver: Driver, aws: Aws) -> None:
    kept = driver.create("aws:s3/bucket:Bucket", "kept")
    emptied = driver.create("aws:s3/bucket:Bucket", "emptied", forceDestroy=True)
    for bucket in (kept, emptied):
        aws("s3", "PutObject", Bucket=bucket.id, Key="k", Body=b"v")
    emptied.deleted()
    assert emptied.refreshed() == {}
    with pytest.raises(ProviderError, match="BucketNotEmpty"):
        kept.deleted()


def test_a_creation_that_fails_half_way_is_finished_by_the_next_update(
    driver: Driver, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "aws:cloudwatch/logGroup:LogGroup"
    checked = driver.check(token, "half", retentionInDays=30)
    urn = Urn(text=f"urn:pulumi:test::infra::{token}::half")
    call = Clients.call

    def failing(self: Clients, service: str, operation: str, params: Props) -> Props:
        if operation == "PutRetentionPolicy":
            raise AwsError("logs:PutRetentionPolicy", "LimitExceededException", "slow down")
        return call(self, service, operation, params)

    monkeypatch.setattr(Clients, "call", failing)
    with pytest.raises(InitializationError, match="LimitExceededException: slow down") as failed:
        driver.provider.create(urn, checked.inputs, False)
    monkeypatch.undo()
    outputs = driver.provider.update(urn, failed.value.id, checked.inputs, failed.value.outputs, checked.inputs, False)
    assert aws("logs", "DescribeLogGroups", logGroupNamePrefix=failed.value.id)["logGroups"][0]["retentionInDays"] == 30
    assert "__unfinished" not in outputs


def test_an_unknown_type_and_an_unknown_function_are_named(driver: Driver) -> None:
    with pytest.raises(ProviderError, match=r"aws:sqs/queue:Queue.*sandbox/aws_types"):
        driver.check("aws:sqs/queue:Queue")
    with pytest.raises(ProviderError, match="aws:index/getWeather:getWeather"):
        driver.provider.invoke("aws:index/getWeather:getWeather", {})
    assert driver.provider.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"] == "123456789012"
